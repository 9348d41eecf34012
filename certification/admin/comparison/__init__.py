"""Models or regions beside each other: rows, figures, metrics, an index."""
