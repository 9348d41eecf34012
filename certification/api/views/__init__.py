"""ViewSets: one module for each subject."""
