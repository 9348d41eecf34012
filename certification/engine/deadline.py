"""The time limit of one pair."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Deadline:
    """Expires `seconds` after it is created, by a monotonic clock."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    started: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "started", self.clock())

    @property
    def elapsed_ms(self) -> int:
        return round((self.clock() - self.started) * 1000)

    @property
    def remaining(self) -> float:
        """Returns the seconds left, never below zero."""
        return max(0.0, self.started + self.seconds - self.clock())

    @property
    def passed(self) -> bool:
        return self.remaining == 0.0
