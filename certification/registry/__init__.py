"""Changes to the registry of models, on the audit log of whoever asks for them."""
