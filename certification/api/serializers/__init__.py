"""What the API takes and gives: one module for each thing that it speaks of."""
