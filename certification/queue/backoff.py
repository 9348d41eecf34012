"""How long to wait before a pair is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Exponential backoff in seconds. Random over the upper half of each step, so that pairs that
    were refused together are not retried together."""

    first: float = 5.0
    most: float = 300.0
    # The longest Retry-After that is followed: a gateway's clock can be wrong by decades.
    most_asked: float = 3600.0

    def seconds(self, tries: int, asked: float | None, chance: random.Random) -> float:
        """The wait after `tries` tries (from 1). At least `asked`, the service's Retry-After, up to
        `most_asked`."""
        ceiling = min(self.most, self.first * 2 ** (tries - 1))
        return max(chance.uniform(ceiling / 2, ceiling), min(asked or 0.0, self.most_asked))
