"""Formats numbers in few digits, without rounding across a boundary that matters."""

from __future__ import annotations

import math


def percent(share: float) -> str:
    """Formats a share (0 to 1). "0%" only for exactly 0, and "100%" only for exactly 1."""
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return ">99%"
    return f"{share:.0%}"


def whole_score(score: float) -> str:
    """Rounds a score down, so that one below a threshold does not read as if it were on it."""
    return str(math.floor(score))
