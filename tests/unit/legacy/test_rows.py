"""The conversion of single old rows, with malformed values. Without a database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.utils import translation

from certification.legacy import mapping, verdicts
from certification.legacy.id_map import IdMap
from certification.legacy.old_row import OldRow, Refused, uuid_of
from certification.models import CertificationJob, JobCertification, ModelCertification

MODEL, JOB, ROW = UUID(int=1), UUID(int=2), UUID(int=3)
NOON = "2026-02-02T12:00:00.123"
AT_NOON = datetime(2026, 2, 2, 12, 0, 0, 123000, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def known() -> IdMap:
    return IdMap(
        regions=frozenset({"us-east-1"}),
        models={str(MODEL): MODEL, "vendor.model-v1:0": MODEL},
        jobs={JOB},
        people={"": None, "ana@example.com": 7},
    )


def a_job(**more: Any) -> tuple[CertificationJob, list[str]]:
    row = OldRow.of(
        {
            "id": str(JOB),
            "type": "MULTIPLE_MODELS",
            "status": "COMPLETED",
            "regions": ["us-east-1"],
            "modelIds": [str(MODEL)],
            "totalModels": 10,
            "processedModels": 10,
            "successCount": 8,
            "failureCount": 2,
            "createdAt": NOON,
            "completedAt": NOON,
            **more,
        }
    )
    return mapping.job(row, known()), row.notes


def a_pair(**more: Any) -> tuple[JobCertification, list[str]]:
    row = OldRow.of(
        {
            "id": str(ROW),
            "jobId": str(JOB),
            "modelId": str(MODEL),
            "region": "us-east-1",
            "status": "PASSED",
            "startedAt": NOON,
            "completedAt": NOON,
            "duration": 1234,
            **more,
        }
    )
    return mapping.pair(row, known()), row.notes


def a_standing(**more: Any) -> tuple[ModelCertification, list[str]]:
    row = OldRow.of(
        {
            "id": str(ROW),
            "modelId": str(MODEL),
            "region": "us-east-1",
            "status": "CERTIFIED",
            "passed": True,
            "score": 89.95,
            "rating": "B",
            "completedAt": NOON,
            **more,
        }
    )
    return mapping.standing(row, known(), 70), row.notes


def test_a_job_keeps_its_id_times_and_counts() -> None:
    job, notes = a_job(createdBy="ana@example.com", bullJobId="42")

    assert (job.pk, job.created_at, job.completed_at) == (JOB, AT_NOON, AT_NOON)
    assert (job.total_models, job.success_count, job.failure_count) == (10, 8, 2)
    assert job.model_ids == [str(MODEL)]
    assert job.created_by_id == 7
    assert job.config == {"legacy": {"bullJobId": "42", "createdBy": "ana@example.com"}}
    assert notes == []


@pytest.mark.parametrize("status", ["PENDING", "QUEUED", "PROCESSING", "PAUSED"])
def test_a_job_that_was_not_over_is_cancelled_so_that_nothing_starts(status: str) -> None:
    job, _notes = a_job(status=status, completedAt=None, updatedAt=NOON, processedModels=4)

    assert (job.status, job.completed_at, job.cancelled_count) == ("CANCELLED", AT_NOON, 6)
    assert job.error == mapping.UNFINISHED


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"type": "SMOKE_TEST"}, "type is unknown: SMOKE_TEST"),
        ({"status": "LOST"}, "status is unknown: LOST"),
        ({"status": None}, "status is unknown: null"),
        ({"createdAt": None, "completedAt": "infinity"}, "no time at all"),
        ({"id": None}, "no id"),
    ],
    ids=str,
)
def test_jobs_that_cannot_be_taken_say_why(more: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        a_job(**more)


def test_odd_counts_and_arrays_are_left_out_and_noted() -> None:
    job, notes = a_job(successCount=-3, totalModels=None, regions=None, modelIds="{x}")

    assert (job.success_count, job.total_models, job.regions, job.model_ids) == (0, 10, [], [])
    assert notes == [
        "modelIds is left out: {x}",
        "successCount is left out: -3",
    ]


def test_an_id_that_is_no_uuid_becomes_the_same_uuid_in_every_run() -> None:
    assert uuid_of("job-123") == uuid_of("job-123") != uuid_of("job-124")
    assert uuid_of(str(JOB).upper()) == JOB


def test_a_pair_takes_its_marks_from_its_details() -> None:
    pair, notes = a_pair(details={"score": 85, "rating": "B", "simulated": True})

    assert (pair.pk, pair.job_id, pair.model_id, pair.region_id) == (ROW, JOB, MODEL, "us-east-1")
    assert (pair.status, pair.passed, pair.score, pair.grade) == ("PASSED", True, 85.0, "B")
    assert (pair.rating, pair.badge, pair.simulated) == (4.2, "SILVER", True)
    assert (pair.duration_ms, pair.attempt, pair.suite_version) == (1234, 1, "legacy")
    assert notes == []


@pytest.mark.parametrize(
    ("status", "details", "becomes"),
    [
        ("passed", None, "PASSED"),
        ("CERTIFIED", None, "PASSED"),
        ("QUALITY_WARNING", {"passed": False}, "FAILED"),
        ("COMPLETED", {"passed": True}, "PASSED"),
        ("COMPLETED", {"passed": "false"}, "FAILED"),
        ("PROCESSING", None, "CANCELLED"),
        ("UNSUPPORTED", None, "UNSUPPORTED"),
    ],
)
def test_each_status_of_a_pair_has_one_of_ours(
    status: str, details: dict[str, Any] | None, becomes: str
) -> None:
    pair, _notes = a_pair(status=status, details=details)

    assert pair.status == becomes
    assert pair.passed is {"PASSED": True, "FAILED": False}.get(becomes)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"status": "COMPLETED"}, "status is unknown"),
        ({"status": "EXPLODED"}, "status is unknown: EXPLODED"),
        ({"jobId": "nowhere"}, "job is missing: nowhere"),
        ({"jobId": None}, "job is missing: null"),
        ({"modelId": "gpt-9"}, "model is unknown: gpt-9"),
        ({"region": "mars-north-1"}, "region is unknown: mars-north-1"),
        ({"startedAt": None, "completedAt": None}, "no time at all"),
    ],
    ids=str,
)
def test_pairs_that_cannot_be_taken_say_why(more: dict[str, Any], why: str) -> None:
    with pytest.raises(Refused, match=why):
        a_pair(**more)


def test_a_pair_without_an_end_ended_after_its_duration() -> None:
    pair, _notes = a_pair(completedAt=None)

    assert pair.completed_at is not None
    assert (pair.completed_at - AT_NOON).total_seconds() == pytest.approx(1.234)


@pytest.mark.parametrize("details", ["half a docum", [1, 2], 7])
def test_details_of_another_shape_are_left_out_and_noted(details: object) -> None:
    pair, notes = a_pair(details=details)

    assert (pair.status, pair.score) == ("PASSED", None)
    assert len(notes) == 1
    assert "details is left out" in notes[0]


def test_an_api_model_id_and_an_odd_spelling_of_a_region_are_understood() -> None:
    pair, notes = a_pair(modelId="vendor.model-v1:0", region=" US-East-1 ")

    assert (pair.model_id, pair.region_id, notes) == (MODEL, "us-east-1", [])


@pytest.mark.parametrize(
    ("given", "rating", "grade", "badge"),
    [
        ({"score": 92, "rating": "4.5"}, 4.5, "A", "GOLD"),
        ({"score": "92,5", "rating": None}, 4.6, "A", "GOLD"),
        ({"score": None, "rating": "4.5"}, 4.5, "", None),
        ({"score": None, "rating": "C"}, None, "C", None),
        ({"score": 50, "rating": 2.5, "badge": "gold"}, 2.5, "F", "GOLD"),
    ],
    ids=str,
)
def test_ratings_are_numbers_texts_or_letters(
    given: dict[str, Any], rating: float | None, grade: str, badge: str | None
) -> None:
    marks = verdicts.scores(OldRow.of(given))

    assert (marks.rating, marks.grade, marks.badge) == (rating, grade, badge)


@pytest.mark.parametrize("score", [120, -1, "NaN", "many", True, 10**400])
def test_a_score_that_is_none_is_left_out_and_noted(score: object) -> None:
    standing, notes = a_standing(score=score)

    assert (standing.score, standing.verdict) == (None, "CERTIFIED")
    assert notes
    assert notes[0].startswith("score is left out")


@pytest.mark.parametrize(
    ("more", "verdict", "passed"),
    [
        ({}, "CERTIFIED", True),
        ({"score": 65}, "QUALITY_WARNING", True),
        ({"status": "QUALITY_WARNING"}, "QUALITY_WARNING", True),
        ({"status": "COMPLETED"}, "CERTIFIED", True),
        ({"status": "COMPLETED", "passed": False}, "FAILED", False),
        ({"status": "COMPLETED", "passed": None}, "CERTIFIED", True),
        ({"status": "COMPLETED", "passed": None, "score": 12}, "FAILED", False),
        ({"passed": False}, "FAILED", False),
        ({"status": "FAILED"}, "FAILED", False),
        ({"status": "PROCESSING"}, "CERTIFIED", True),
        ({"status": "PROCESSING", "passed": None}, "", None),
        ({"status": "CANCELLED"}, "", None),
    ],
    ids=str,
)
def test_each_status_of_a_standing_has_a_verdict(
    more: dict[str, Any], verdict: str, passed: bool | None
) -> None:
    standing, _notes = a_standing(**more)

    assert (standing.verdict, standing.passed) == (verdict, passed)
    assert standing.status == (verdict or "CANCELLED")
    assert standing.last_record_at == AT_NOON


@pytest.mark.parametrize(
    "more", [{"status": "COMPLETED", "passed": None, "score": None}, {"status": None}], ids=str
)
def test_a_standing_that_says_nothing_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="does not say what it came to"):
        a_standing(**more)


def test_a_job_of_a_standing_that_is_no_job_is_no_fault() -> None:
    standing, notes = a_standing(jobId="bull:17")

    assert (standing.job_id, notes) == (None, [])


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (None, []),
        ([{"name": "Basic prompt", "passed": True, "latencyMs": 12.4}], [("PASSED", 12)]),
        ({"tests": [{"id": "stream", "status": "failed"}]}, [("FAILED", None)]),
        ({"streaming": True, "tools": {"success": False}}, [("PASSED", None), ("FAILED", None)]),
    ],
    ids=str,
)
def test_test_results_become_checks_that_ours_are_never_compared_with(
    said: object, found: list[tuple[str, int | None]]
) -> None:
    tests = verdicts.tests(said)

    assert tests is not None
    assert [(test["status"], test["latencyMs"]) for test in tests] == found
    assert all(test["id"].startswith("legacy.") for test in tests)


@pytest.mark.parametrize("said", ["text", 3, [1], [{"name": "x"}], {"tests": [{"passed": True}]}])
def test_test_results_of_another_shape_are_noted(said: Any) -> None:
    standing, notes = a_standing(testResults=said)

    assert standing.test_results == []
    assert notes


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("RATE_LIMIT", "THROTTLED"),
        ("TIMEOUT", "TIMEOUT"),
        ("permission error", "ACCESS"),
        ("?", ""),
    ],
)
def test_error_categories_are_ours_and_the_old_word_stays_beside(word: str, ours: str) -> None:
    standing, _notes = a_standing(status="FAILED", errorCategory=word, errorMessage="no")

    assert (standing.error_category, standing.error_message) == (ours, "no")
    assert standing.error_code


def test_every_old_category_is_one_that_has_advice() -> None:
    from certification.engine import POLICIES

    assert set(verdicts.CATEGORIES.values()) <= set(POLICIES)


def test_a_legacy_row_is_kept_whole_whatever_its_shape() -> None:
    whole = {"id": "x", "modelName": "gpt-9", "odd": {"deep": [1]}, "score": "high"}

    kept = mapping.legacy(OldRow.of(whole), known(), whole)

    assert (kept.row, kept.named, kept.model_id) == (whole, "gpt-9", None)
