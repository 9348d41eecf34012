"""Changes to the registry of models, each written to the audit log."""
