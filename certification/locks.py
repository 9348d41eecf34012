"""Locks that hold over all processes, to the end of a transaction."""

from __future__ import annotations

from enum import IntEnum

from django.db import connection


class Lock(IntEnum):
    """The number of each is any, as long as it is always the same.

    PLACES is held by whoever changes the state of many waiting or rung pairs at once: two of them
    would lock the same rows in different orders.
    """

    ADMISSION = 4_706_113
    SCHEDULES = 4_706_114
    DEAD_LETTERS = 4_706_115


def alone(lock: Lock) -> None:
    """Waits until no other transaction holds the lock. SQLite's transactions have the whole
    database to themselves already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
