"""What the old system's words and numbers come to here: tables, and functions over them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from certification.engine import Category
from certification.engine.scoring import BADGES, badge, grade, rating
from certification.states import JobStatus, JobType, PairStatus, StandingStatus

from .old_row import MOST, OldRow, as_number, plain

OPEN: Final = frozenset({"PENDING", "QUEUED", "PROCESSING", "PAUSED"})
JOB_TYPES: Final = {kind.value: kind for kind in JobType}
# A job that was not over when it was brought here is over now: nothing goes on by itself.
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
    """Of a job's certification; None where the word says nothing that is known here.

    `passed` decides where the word says only that it is over, and against a word of praise.
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
    """The same for a standing; CANCELLED where no verdict was ever reached."""
    if word in OPEN and passed is not None:
        # It was being certified again: the verdict beside it is the last one.
        word = "COMPLETED"
    if word == "COMPLETED" and passed is None and score is not None:
        passed = score >= threshold
    status = pair_status(word, passed)
    if status is not PairStatus.PASSED:
        return None if status is None else StandingStatus(status)
    warned = word == "QUALITY_WARNING" or (score is not None and score < threshold)
    return StandingStatus.QUALITY_WARNING if warned else StandingStatus.CERTIFIED


@dataclass(frozen=True)
class Marks:
    """score 0 to 100, rating 0.0 to 5.0, grade A to F, badge GOLD, SILVER or BRONZE."""

    score: float | None
    rating: float | None
    grade: str
    badge: str | None


def marks(row: OldRow) -> Marks:
    """From `score`, `rating` and `badge`; a rating may be a number, a text of one, or a letter.

    What is missing comes from the score, where there is one; a score is never made up.
    """
    score = row.number("score", 0, 100)
    letter = row.word("rating") if row.word("rating") in tuple("ABCDF") else ""
    number = None if letter else row.number("rating", 0, 5)
    given = row.word("badge")
    if score is None:
        return Marks(None, number, letter, given if given in BADGES.values() else None)
    return Marks(
        score,
        rating(score) if number is None else number,
        letter or grade(score),
        given if given in BADGES.values() else badge(score),
    )


def category(word: str) -> str:
    """Ours for one of theirs; "" for a word that neither knows."""
    if word in Category.__members__:
        return word
    return str(CATEGORIES.get(word, ""))


def tests(value: Any) -> list[dict[str, Any]] | None:
    """The old test results as short entries of ours; None where they cannot be read.

    A list of tests, an object that has one, or an object of a test's name to what it came to.
    Their ids begin with "legacy.", so that they are never compared with checks of ours.
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
    fields = {plain(name): value for name, value in given.items()}
    title = _first(fields, ("name", "title", "test", "testname", "id", "testid"))
    status = _first(fields, ("passed", "success", "status", "result"))
    if isinstance(status, bool):
        status = "PASSED" if status else "FAILED"
    status = TEST_STATUSES.get(str(status).upper())
    if not title or status is None:
        return None
    took = as_number(_first(fields, ("latencyms", "latency", "duration", "responsetime")))
    return {
        "id": f"legacy.{re.sub(r'[^a-z0-9]+', '_', str(title).lower()).strip('_')}"[:64],
        "title": str(title)[:200],
        "status": status,
        "points": 1.0 if status == "PASSED" else 0.0,
        "weight": 1,
        "latencyMs": round(took) if took is not None and 0 <= took <= MOST else None,
        "ttftMs": None,
        "note": None,
    }


def _first(fields: dict[str, Any], names: Iterable[str]) -> Any:
    return next((fields[name] for name in names if fields.get(name) is not None), None)
