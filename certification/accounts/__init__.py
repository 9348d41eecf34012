"""Accounts: signing in, roles, people, API tokens, the audit log."""

from .sign_in import EmailOrUsernameBackend

# Sessions hold the path of the backend that let them in: it stays where it always was.
__all__ = ["EmailOrUsernameBackend"]
