"""Advisory locks over all processes, held until the end of the transaction."""

from __future__ import annotations

from enum import IntEnum

from django.db import connection


class Lock(IntEnum):
    """The numbers are arbitrary, but must never change: running versions share them.

    ADMISSION must be held while many PENDING or QUEUED pairs are updated at once: two such updates
    would lock the same rows in different orders and deadlock.
    """

    ADMISSION = 4_706_113
    SCHEDULES = 4_706_114
    DEAD_LETTERS = 4_706_115


def acquire(lock: Lock) -> None:
    """Waits for the lock, and holds it until the transaction ends.

    Does nothing on SQLite, where a writing transaction already locks the whole database.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
