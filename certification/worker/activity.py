"""The pairs that this process is working on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID


class Activity:
    """Shared by the threads of one process.

    `slot_freed` is set whenever a pair ends, so that admission can look for free slots at once.
    """

    def __init__(self) -> None:
        # A list: a pair that was reclaimed may be claimed again here before its first run ends.
        self._in_hand: list[UUID] = []
        self._last_claim: float | None = None
        self.slot_freed = threading.Event()

    @contextmanager
    def working_on(self, pair_id: UUID) -> Iterator[None]:
        """From the claim of a pair until it is recorded, released or lost."""
        self._last_claim = time.monotonic()
        self._in_hand.append(pair_id)
        try:
            yield
        finally:
            self._in_hand.remove(pair_id)
            self.slot_freed.set()

    def in_hand(self) -> frozenset[UUID]:
        return frozenset(self._in_hand)

    def seconds_since_last_claim(self) -> float | None:
        """None if this process has not claimed a pair yet."""
        return None if self._last_claim is None else time.monotonic() - self._last_claim


ACTIVITY = Activity()
