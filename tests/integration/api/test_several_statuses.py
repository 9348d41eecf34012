"""Each list and export that is filtered by status takes several: with commas between them, or
with the parameter repeated."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from certification.models import DeadLetter
from tests.factories.certification import JobFactory, PairFactory, StandingFactory

pytestmark = pytest.mark.django_db

QUEUE = "/api/certification-queue"
# By path: the statuses of its rows, which are three.
LISTS: Final = {
    "history": ("QUEUED", "PROCESSING", "FAILED"),
    "jobs/JOB/certifications": ("QUEUED", "PENDING", "PASSED"),
    "jobs/JOB/export.json": ("QUEUED", "PENDING", "PASSED"),
    "certifications": ("QUEUED", "PROCESSING", "FAILED"),
    "certifications/export.json": ("QUEUED", "PROCESSING", "FAILED"),
    "matrix": ("QUEUED", "PROCESSING", "FAILED"),
    "dead-letters": ("OPEN", "DISMISSED", "CLOSED"),
}


def fill(path: str) -> str:
    """Makes a row of each status; returns the path of the list."""
    job = None
    for status in LISTS[path]:
        if path == "history":
            JobFactory.create(status=status)
        elif path == "dead-letters":
            DeadLetter.objects.create(
                certification=PairFactory.create(),
                status=status,
                attempts=3,
                first_failed_at=timezone.now(),
            )
        elif path.startswith("jobs"):
            ended = timezone.now() if status == "PASSED" else None
            more = {"job": job} if job else {}
            job = PairFactory.create(status=status, completed_at=ended, **more).job
        else:
            StandingFactory.create(status=status)
    return path.replace("JOB", str(job.pk)) if job else path


def count(client: APIClient, path: str, query: str) -> int:
    response = client.get(f"{QUEUE}/{path}?{query}")
    assert response.status_code == 200, response.content
    if response.streaming:
        return len(json.loads(b"".join(response.streaming_content))["rows"])  # type: ignore[arg-type]
    data = response.json()["data"]
    return len(data["models"]) if path == "matrix" else int(data["pagination"]["total"])


@pytest.mark.parametrize("path", LISTS)
def test_each_takes_several(path: str, bruno: APIClient) -> None:
    one, two, _three = LISTS[path]
    real = fill(path)

    assert count(bruno, real, f"status={one}") == 1
    for query in (
        f"status={one},{two}",
        f"status={one}%2C%20{two}",
        f"status={one}&status={two}",
        f"status={one}&status={two},{two}&status=",
    ):
        assert count(bruno, real, query) == 2, query
    assert count(bruno, real, "status=") == count(bruno, real, "")


@pytest.mark.parametrize(
    "query", ["NONE", "FIRST,NONE", "FIRST&status=NONE", ",", "FIRST,", "first"]
)
@pytest.mark.parametrize("path", LISTS)
def test_one_that_does_not_exist_is_refused(path: str, query: str, bruno: APIClient) -> None:
    real = fill(path)

    response = bruno.get(f"{QUEUE}/{real}?status={query.replace('FIRST', LISTS[path][0])}")

    error: dict[str, Any] = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "invalid")
    (field,) = error["details"]["fields"]
    assert (field["field"], field["code"]) == ("status", "invalid_choice")


def test_completed_stands_for_its_statuses_beside_others(bruno: APIClient) -> None:
    for status in ("CERTIFIED", "QUALITY_WARNING", "FAILED", "QUEUED"):
        StandingFactory.create(status=status)

    assert count(bruno, "certifications", "status=COMPLETED,FAILED") == 3


def test_the_active_jobs_of_the_old_documents(bruno: APIClient) -> None:
    for status in ("PENDING", "QUEUED", "PROCESSING", "PAUSED", "COMPLETED"):
        JobFactory.create(status=status)

    response = bruno.get(f"{QUEUE}/history", {"status": "PENDING,QUEUED,PROCESSING"})

    assert response.json()["data"]["pagination"]["total"] == 3
