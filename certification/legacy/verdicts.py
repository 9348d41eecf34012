"""Converts the old system's states, scores, error categories and test results."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from certification.engine import Category
from certification.engine.scoring import BADGES, badge, grade, rating
from certification.states import JobStatus, JobType, PairStatus, StandingStatus

from .old_row import MOST, OldRow, as_number, normalized

OPEN: Final = frozenset({"PENDING", "QUEUED", "PROCESSING", "PAUSED"})
JOB_TYPES: Final = {kind.value: kind for kind in JobType}
# Open jobs become CANCELLED: no worker here continues them.
JOB_STATUSES: Final = {
    "COMPLETED": JobStatus.COMPLETED,
    "FAILED": JobStatus.FAILED,
    "CANCELLED": JobStatus.CANCELLED,
    "CANCELED": JobStatus.CANCELLED,
    **dict.fromkeys(OPEN, JobStatus.CANCELLED),
}
PASSED: Final = frozenset({"PASSED", "CERTIFIED", "QUALITY_WARNING"})
CATEGORIES: Final = {
    "ACCESS_DENIED": Category.ACCESS,
    "AUTHENTICATION_ERROR": Category.CREDENTIALS,
    "CONFIGURATION_ERROR": Category.INVALID_REQUEST,
    "INTERNAL_ERROR": Category.INTERNAL,
    "MODEL_NOT_FOUND": Category.NOT_AVAILABLE,
    "NETWORK_ERROR": Category.NETWORK,
    "NOT_FOUND": Category.NOT_AVAILABLE,
    "PERMISSION_DENIED": Category.ACCESS,
    "PERMISSION_ERROR": Category.ACCESS,
    "PROVISIONING_REQUIRED": Category.NEEDS_PROFILE,
    "QUALITY_ISSUE": Category.CHECK_FAILED,
    "QUOTA_EXCEEDED": Category.QUOTA,
    "RATE_LIMIT": Category.THROTTLED,
    "RATE_LIMIT_EXCEEDED": Category.THROTTLED,
    "SERVICE_UNAVAILABLE": Category.SERVICE,
    "THROTTLING": Category.THROTTLED,
    "UNAVAILABLE": Category.NOT_AVAILABLE,
    "UNKNOWN_ERROR": Category.INTERNAL,
    "UNSUPPORTED": Category.NOT_CERTIFIABLE,
    "VALIDATION_ERROR": Category.INVALID_REQUEST,
}
TEST_STATUSES: Final = {
    "FAIL": "FAILED", "FAILED": "FAILED", "ERROR": "ERROR", "OK": "PASSED", "PASS": "PASSED",
    "PASSED": "PASSED", "SKIPPED": "SKIPPED", "SUCCESS": "PASSED",
}  # fmt: skip


def pair_status(word: str, passed: bool | None) -> PairStatus | None:
    """Returns the status of a pair, or None if the word is unknown.

    `passed` decides for COMPLETED, and a false `passed` overrules PASSED or CERTIFIED.
    """
    if word in OPEN or word in ("CANCELLED", "CANCELED"):
        return PairStatus.CANCELLED
    if word == "UNSUPPORTED":
        return PairStatus.UNSUPPORTED
    if word == "FAILED":
        return PairStatus.FAILED
    if word in PASSED:
        return PairStatus.FAILED if passed is False else PairStatus.PASSED
    if word == "COMPLETED" and passed is not None:
        return PairStatus.PASSED if passed else PairStatus.FAILED
    return None


def standing_verdict(
    word: str, passed: bool | None, score: float | None, threshold: float
) -> StandingStatus | None:
    """Returns the verdict of a standing, or None if the word is unknown.

    CANCELLED if it never reached a verdict. `score` and `threshold` are 0 to 100.
    """
    if word in OPEN and passed is not None:
        # It was being recertified; `passed` is of its last verdict.
        word = "COMPLETED"
    if word == "COMPLETED" and passed is None and score is not None:
        passed = score >= threshold
    status = pair_status(word, passed)
    if status is not PairStatus.PASSED:
        return None if status is None else StandingStatus(status)
    warned = word == "QUALITY_WARNING" or (score is not None and score < threshold)
    return StandingStatus.QUALITY_WARNING if warned else StandingStatus.CERTIFIED


@dataclass(frozen=True)
class Scores:
    """score 0 to 100, rating 0.0 to 5.0, grade A to F, badge GOLD, SILVER or BRONZE."""

    score: float | None
    rating: float | None
    grade: str
    badge: str | None


def scores(row: OldRow) -> Scores:
    """Reads score, rating (a number, a number as text, or a grade letter) and badge of a row.

    Missing values are computed from the score; a missing score stays missing.
    """
    score = row.number("score", 0, 100)
    letter = row.enum_value("rating") if row.enum_value("rating") in tuple("ABCDF") else ""
    number = None if letter else row.number("rating", 0, 5)
    given = row.enum_value("badge")
    if score is None:
        return Scores(None, number, letter, given if given in BADGES.values() else None)
    return Scores(
        score,
        rating(score) if number is None else number,
        letter or grade(score),
        given if given in BADGES.values() else badge(score),
    )


def category(word: str) -> str:
    """Returns the error category for a word of the old system, or "" if it is unknown."""
    if word in Category.__members__:
        return word
    return str(CATEGORIES.get(word, ""))


def tests(value: Any) -> list[dict[str, Any]] | None:
    """Converts old test results to entries of `test_results`; None if they cannot be parsed.

    Accepts a list of tests, an object with such a list as `tests` or `results`, or an object of
    test name -> result. The ids begin with "legacy.", so that they are never compared with those
    of checks.
    """
    if value is None:
        return []
    if isinstance(value, dict):
        listed = next((value[name] for name in ("tests", "results") if name in value), None)
        value = (
            listed
            if isinstance(listed, list)
            else [
                {"name": name, **(one if isinstance(one, dict) else {"passed": one})}
                for name, one in value.items()
            ]
        )
    if not isinstance(value, list):
        return None
    found = [_test(one) for one in value]
    return None if None in found else [one for one in found if one]


def _test(given: Any) -> dict[str, Any] | None:
    if not isinstance(given, dict):
        return None
    fields = {normalized(name): value for name, value in given.items()}
    title = _first(fields, ("name", "title", "test", "testname", "id", "testid"))
    status = _first(fields, ("passed", "success", "status", "result"))
    if isinstance(status, bool):
        status = "PASSED" if status else "FAILED"
    status = TEST_STATUSES.get(str(status).upper())
    if not title or status is None:
        return None
    latency_ms = as_number(_first(fields, ("latencyms", "latency", "duration", "responsetime")))
    if latency_ms is not None and not 0 <= latency_ms <= MOST:
        latency_ms = None
    return {
        "id": f"legacy.{re.sub(r'[^a-z0-9]+', '_', str(title).lower()).strip('_')}"[:64],
        "title": str(title)[:200],
        "status": status,
        "points": 1.0 if status == "PASSED" else 0.0,
        "weight": 1,
        "latencyMs": None if latency_ms is None else round(latency_ms),
        "ttftMs": None,
        "note": None,
    }


def _first(fields: dict[str, Any], names: Iterable[str]) -> Any:
    return next((fields[name] for name in names if fields.get(name) is not None), None)
