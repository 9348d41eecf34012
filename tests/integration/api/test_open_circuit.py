"""Standings of a region whose circuit is open: the last verdict holds, marked as stale."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from rest_framework.test import APIClient

from certification.jobs import opening
from certification.models import CircuitBreaker, ModelCertification
from certification.states import EXPIRED

from .test_lists import certified, get

pytestmark = pytest.mark.django_db


@pytest.fixture
def region() -> str:
    """Of a certified model that is being certified again, with an open circuit."""
    job = certified()
    opening.open_for_models(job.model_ids, job.regions)
    (region,) = job.regions
    CircuitBreaker.objects.create(
        region_id=region, opened_at=Now(), retry_at=Now() + timedelta(minutes=1)
    )
    return str(region)


def shown(client: APIClient, **query: Any) -> list[tuple[str, bool, str | None]]:
    found = get(client, "certifications", **query)["certifications"]
    return [(one["status"], one["stale"], one["staleReason"]) for one in found]


def test_what_was_certified_is_found_as_certified_and_stale(bruno: APIClient, region: str) -> None:
    valid = [("CERTIFIED", True, "CIRCUIT_OPEN")]

    assert shown(bruno) == valid
    for status in ("CERTIFIED", "COMPLETED"):
        assert shown(bruno, status=status, region=region) == valid
    assert shown(bruno, status="QUEUED") == []
    model = get(bruno, "certifications")["certifications"][0]["modelId"]
    (of_model,) = get(bruno, f"models/{model}/certifications")
    assert (of_model["status"], of_model["stale"]) == ("CERTIFIED", True)
    cell = get(bruno, "matrix", status="CERTIFIED")["cells"][model][region]
    assert (cell["status"], cell["staleReason"]) == ("CERTIFIED", "CIRCUIT_OPEN")
    stats = get(bruno, "stats")
    assert (stats["certifications"], stats["stale"]) == ({"CERTIFIED": 1}, 1)
    file = bruno.get("/api/certification-queue/certifications/export.json")
    (row,) = json.loads(b"".join(file.streaming_content))["rows"]
    assert (row["status"], row["staleReason"]) == ("CERTIFIED", "CIRCUIT_OPEN")


def test_once_the_circuit_is_closed_the_running_job_is_shown(bruno: APIClient, region: str) -> None:
    CircuitBreaker.objects.filter(pk=region).update(opened_at=None, retry_at=None)

    assert shown(bruno) == [("QUEUED", False, None)]


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"stale_reason": EXPIRED}, ("QUEUED", True, EXPIRED)),
        ({"verdict": ""}, ("QUEUED", False, None)),
        ({"verdict": "INCONCLUSIVE"}, ("QUEUED", False, None)),
        ({"stale_reason": "THROTTLED"}, ("CERTIFIED", True, "THROTTLED")),
        ({"verdict": "FAILED"}, ("FAILED", True, "CIRCUIT_OPEN")),
        ({"status": "CERTIFIED"}, ("CERTIFIED", False, None)),
    ],
)
def test_only_a_verdict_that_still_holds_is_shown(
    change: dict[str, str], seen: tuple[str, bool, str | None], bruno: APIClient, region: str
) -> None:
    ModelCertification.objects.filter(region=region).update(**change)

    assert shown(bruno) == [seen]
