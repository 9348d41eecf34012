"""The staff's interface: screens of its own, and Django's tables."""
