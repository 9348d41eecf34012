"""How many exports a person has at once in this process."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from typing import Final

from django.utils.translation import gettext as _

from certification.errors import TooManyExports

MOST_AT_ONCE: Final = 3
# Seconds in which an export begins after its request. Later its slot is free: the response was
# never sent.
BEGINS_WITHIN: Final = 10.0


class Slot:
    """Held from the request until `release`; it may be released more than once."""

    def __init__(self, whose: str) -> None:
        self._whose = whose
        self._taken_at = time.monotonic()
        self.has_begun = False

    @property
    def is_held(self) -> bool:
        return self.has_begun or time.monotonic() - self._taken_at < BEGINS_WITHIN

    def release(self) -> None:
        with _lock:
            _slots[self._whose].discard(self)
            if not _slots[self._whose]:
                del _slots[self._whose]


_slots: defaultdict[str, set[Slot]] = defaultdict(set)
_lock = threading.Lock()


def take(whose: str) -> Slot:
    """Raises TooManyExports."""
    slot = Slot(whose)
    with _lock:
        held = {each for each in _slots[whose] if each.is_held}
        if len(held) < MOST_AT_ONCE:
            held.add(slot)
        _slots[whose] = held
    if slot not in held:
        raise TooManyExports(
            _("%(count)s exports of yours are under way: wait for one, or stop it.")
            % {"count": MOST_AT_ONCE}
        )
    return slot
