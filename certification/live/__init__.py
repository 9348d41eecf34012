"""Tells listeners what happens to a job while it happens.

One watcher a job and process looks once a second (`looking`), and tells whoever listens
(`watching`): what a listener costs the database is nothing.
"""

from .looking import Look, PairState, look
from .watching import Listener, Update, listening, opening

__all__ = ["Listener", "Look", "PairState", "Update", "listening", "look", "opening"]
