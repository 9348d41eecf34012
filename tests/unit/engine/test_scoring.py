"""From points to a score, and from a score to rating, grade and badge."""

from __future__ import annotations

import pytest

from certification.engine import Category, CheckError, CheckResult, Status, scoring

THROTTLED = CheckError(Category.THROTTLED, "", "slow down")


def judged(points: float, weight: float = 1.0) -> CheckResult:
    status = Status.PASSED if points == 1 else Status.FAILED
    return CheckResult("x", "X", status, points, weight, required=False, counts=True)


def unjudged(weight: float = 1.0, status: Status = Status.ERROR) -> CheckResult:
    return CheckResult("x", "X", status, 0.0, weight, required=False, counts=False, error=THROTTLED)


def skipped(weight: float = 1.0) -> CheckResult:
    return CheckResult("x", "X", Status.SKIPPED, 0.0, weight, required=False, counts=False)


def test_the_score_is_the_weighted_share_of_the_points() -> None:
    assert scoring.score([judged(1, weight=3), judged(0.5, weight=2), judged(0)]) == 66.67
    assert scoring.score([judged(1)]) == 100.0


def test_what_does_not_count_is_in_no_denominator() -> None:
    assert scoring.score([judged(1), unjudged(weight=9)]) == 100.0


def test_nothing_to_score_is_no_score() -> None:
    assert scoring.score([]) is None
    assert scoring.score([unjudged()]) is None


@pytest.mark.parametrize(
    ("value", "grade", "badge"),
    [
        (100.0, "A", "GOLD"),
        (90.0, "A", "GOLD"),
        (89.99, "B", "SILVER"),
        (80.0, "B", "SILVER"),
        (79.99, "C", "BRONZE"),
        (70.0, "C", "BRONZE"),
        (69.99, "D", None),
        (60.0, "D", None),
        (59.99, "F", None),
        (0.0, "F", None),
    ],
)
def test_grades_and_badges_begin_at_their_thresholds(
    value: float, grade: str, badge: str | None
) -> None:
    assert (scoring.grade(value), scoring.badge(value)) == (grade, badge)


def test_the_rating_runs_from_zero_to_five_with_one_decimal() -> None:
    assert [scoring.rating(value) for value in (0.0, 66.67, 92.86, 100.0)] == [0.0, 3.3, 4.6, 5.0]


def test_coverage_is_the_judged_share_of_the_weight() -> None:
    assert scoring.coverage([judged(0, weight=3), unjudged(weight=1)]) == 0.75
    assert scoring.coverage([judged(1), skipped()]) == 1.0
    assert scoring.coverage([judged(1), unjudged(status=Status.SKIPPED)]) == 0.5
    assert scoring.coverage([]) == 0.0
