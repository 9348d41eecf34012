"""From check results to a score, and from a score to what people read.

score = 100 x sum(weight x points) / sum(weight), over the checks that count. Grades as in the
documents of the system that this one replaces: A from 90, B from 80, C from 70, D from 60, else F.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .check import CheckResult

GRADES: Final = ((90.0, "A"), (80.0, "B"), (70.0, "C"), (60.0, "D"))
BADGES: Final = {"A": "GOLD", "B": "SILVER", "C": "BRONZE"}
# Below this share of judged weight a run says too little to be a verdict.
ENOUGH: Final = 0.75


def score(results: Iterable[CheckResult]) -> float | None:
    """0 to 100 with two decimals; None where nothing counts."""
    counted = [result for result in results if result.counts]
    total = sum(result.weight for result in counted)
    if not total:
        return None
    return round(100 * sum(result.weight * result.points for result in counted) / total, 2)


def coverage(results: Iterable[CheckResult]) -> float:
    """The judged share, by weight, of what was to be judged: without what an error kept from it,
    its own or that of a check that it depends on."""
    results = list(results)
    judged = sum(result.weight for result in results if result.counts)
    unjudged = sum(
        result.weight for result in results if result.error is not None and not result.counts
    )
    return judged / (judged + unjudged) if judged or unjudged else 0.0


def rating(value: float) -> float:
    """0.0 to 5.0 with one decimal."""
    return round(value / 20, 1)


def grade(value: float) -> str:
    return next((letter for least, letter in GRADES if value >= least), "F")


def badge(value: float) -> str | None:
    return BADGES.get(grade(value))
