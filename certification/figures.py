"""Numbers in few digits, that say no more than is true."""

from __future__ import annotations

import math


def percent(share: float) -> str:
    """A share of 0 to 1; only none at all reads 0%, and only the whole 100%."""
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return ">99%"
    return f"{share:.0%}"


def whole_score(score: float) -> str:
    """Without decimals; what is under a threshold does not read as if it were not."""
    return str(math.floor(score))
