"""Tells listeners what happens to a job while it happens.

One watcher a job and process looks once a second (`looking`), and tells whoever listens
(`watching`): what a listener costs the database is nothing.
"""

from .broadcast import Listener, Update, listening, opening
from .snapshots import Look, PairState, look

__all__ = ["Listener", "Look", "PairState", "Update", "listening", "look", "opening"]
