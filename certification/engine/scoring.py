"""Computes the score of check results, and the rating, grade and badge of a score.

score = 100 x sum(weight x points) / sum(weight), over the checks that count. The grade limits are
those of the system that this one replaces: A from 90, B from 80, C from 70, D from 60, else F.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .check import CheckResult

GRADES: Final = ((90.0, "A"), (80.0, "B"), (70.0, "C"), (60.0, "D"))
BADGES: Final = {"A": "GOLD", "B": "SILVER", "C": "BRONZE"}
# The share of the weight that must be judged for a verdict and a score.
MIN_COVERAGE: Final = 0.75
# A model that answers and does almost nothing right does not pass.
MIN_SCORE: Final = 40.0


def score(results: Iterable[CheckResult]) -> float | None:
    """Returns 0 to 100 with two decimals; None if no check counts."""
    counted = [result for result in results if result.counts]
    total = sum(result.weight for result in counted)
    if not total:
        return None
    return round(100 * sum(result.weight * result.points for result in counted) / total, 2)


def coverage(results: Iterable[CheckResult]) -> float:
    """Returns the share of the weight, 0 to 1, that was judged.

    A check is unjudged if an error prevented it: its own, or that of a check that it depends on.
    Skipped checks without an error are left out.
    """
    results = list(results)
    judged = sum(result.weight for result in results if result.counts)
    unjudged = sum(
        result.weight for result in results if result.error is not None and not result.counts
    )
    return judged / (judged + unjudged) if judged or unjudged else 0.0


def rating(value: float) -> float:
    """Returns 0.0 to 5.0 with one decimal, for a score of 0 to 100."""
    return round(value / 20, 1)


def grade(value: float) -> str:
    return next((letter for least, letter in GRADES if value >= least), "F")


def badge(value: float) -> str | None:
    return BADGES.get(grade(value))
