"""Changes to the registry of models, in the audit log of whoever asks for them."""
