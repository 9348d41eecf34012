"""When to try a pair again."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Exponential, with full jitter over the upper half, so that pairs that were refused
    together do not come back together. Seconds."""

    first: float = 5.0
    most: float = 300.0
    # What a service may ask for: a gateway's clock can be wrong by decades.
    most_asked: float = 3600.0

    def seconds(self, tries: int, asked: float | None, chance: random.Random) -> float:
        """The wait after `tries` tries; not shorter than the service `asked` for, within
        reason."""
        ceiling = min(self.most, self.first * 2 ** (tries - 1))
        return max(chance.uniform(ceiling / 2, ceiling), min(asked or 0.0, self.most_asked))
