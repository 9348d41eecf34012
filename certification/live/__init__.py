"""Live updates of a running job.

For each job, one poller per process reads a snapshot once a second (`snapshots`) and sends the
differences to all its listeners (`broadcast`), so the database load does not grow with listeners.
"""

from .broadcast import Listener, Update, initial_update, listen
from .snapshots import PairState, Snapshot, take_snapshot

__all__ = [
    "Listener",
    "PairState",
    "Snapshot",
    "Update",
    "initial_update",
    "listen",
    "take_snapshot",
]
