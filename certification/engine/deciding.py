"""Decides the verdict of a run from the results of its checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from . import scoring
from .check import CheckError, CheckResult, Status
from .errors import POLICIES, Category
from .verdict import Verdict


def is_judged(category: Category) -> bool:
    """Returns whether a check with this error is judged. One that ran out of time is not."""
    return POLICIES[category].blames_model and category is not Category.DEADLINE


@dataclass(frozen=True)
class Decision:
    verdict: Verdict
    error: CheckError | None = None


def decide(results: Sequence[CheckResult]) -> Decision:
    """Decides the verdict; the first rule that applies wins.

    1. a required check with an error: the verdict of the error's category
    2. a required check that failed with no points: FAILED (part of the points only lowers the
       score)
    3. a required check that was skipped: INCONCLUSIVE
    4. too little judged weight (below scoring.MIN_COVERAGE): the verdict of the first error that
       left a check unjudged. DEADLINE comes last, because the other errors may have used up
       the time
    5. a score below scoring.MIN_SCORE: FAILED
    """
    required = [result for result in results if result.required]
    for result in required:
        if result.status is Status.ERROR and result.error is not None:
            return Decision(POLICIES[result.error.category].verdict, result.error)
    for result in required:
        if result.status is Status.FAILED and not result.points:
            text = f"{result.id}: {result.note}" if result.note else result.id
            return Decision(
                Verdict.FAILED, result.error or CheckError(Category.CHECK_FAILED, "", text)
            )
    if any(result.status is Status.SKIPPED for result in required):
        return Decision(
            Verdict.INCONCLUSIVE,
            CheckError(Category.NOT_JUDGED, "", "A required check could not be run."),
        )
    if scoring.coverage(results) < scoring.MIN_COVERAGE:
        unjudged = [r.error for r in results if r.error and not r.counts]
        cause = min(unjudged, key=lambda error: error.category is Category.DEADLINE, default=None)
        cause = cause or CheckError(Category.NOT_JUDGED, "", "No check could be judged.")
        return Decision(POLICIES[cause.category].verdict, cause)
    score = scoring.score(results)
    if score is not None and score < scoring.MIN_SCORE:
        text = f"The score, {score}, is below {scoring.MIN_SCORE:.0f}."
        return Decision(Verdict.FAILED, CheckError(Category.CHECK_FAILED, "", text))
    return Decision(Verdict.PASSED)
