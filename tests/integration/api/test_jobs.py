from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from certification.engine import POLICIES, Category, Verdict
from certification.jobs import opening
from certification.models import CertificationJob
from certification.worker import recording
from tests.factories.certification import WorkerFactory, offered, result, take

pytestmark = pytest.mark.django_db

JOBS = "/api/certification-queue/jobs"


def opened(models: int = 1, regions: int = 1) -> CertificationJob:
    return opening.open_for_models(*offered(models, regions)).job


def test_a_job_with_its_counts_and_certifications(bruno: APIClient) -> None:
    job = opened(models=2)
    failed, _waiting = job.certifications.order_by("model__name")
    claim = take(failed.pk, WorkerFactory.create())
    assert claim is not None
    recording.record(claim, result(Verdict.FAILED, 12.5, Category.ACCESS))

    response = bruno.get(f"{JOBS}/{job.pk}", headers={"accept-language": "en"})

    assert response.status_code == 200
    body = response.json()["data"]
    counts = ("totalModels", "processedModels", "successCount", "failureCount")
    assert [body[count] for count in counts] == [2, 1, 0, 1]
    assert (body["status"], body["bullJobId"]) == ("PROCESSING", body["taskId"])
    first, second = body["certifications"]
    assert (first["status"], first["passed"], first["score"]) == ("FAILED", False, 12.5)
    assert (first["errorCategory"], first["advice"]) == (
        "ACCESS",
        POLICIES[Category.ACCESS].advice,
    )
    assert (first["duration"], first["simulated"], first["attempts"]) == (1200, True, 1)
    assert first["model"] == {
        "id": str(failed.model.pk),
        "name": failed.model.name,
        "apiModelId": failed.model.api_model_id,
    }
    assert (second["status"], second["errorCategory"]) == ("PENDING", None)


def test_times_are_told_in_utc(bruno: APIClient) -> None:
    job = opened()

    created = bruno.get(f"{JOBS}/{job.pk}").json()["data"]["createdAt"]

    assert created.endswith("Z")
    assert abs(datetime.fromisoformat(created) - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_nested_certifications_are_cut_with_the_total_beside(bruno: APIClient) -> None:
    job = opened(models=11, regions=10)

    body = bruno.get(f"{JOBS}/{job.pk}").json()["data"]

    assert (len(body["certifications"]), body["certificationsTotal"]) == (100, 110)


def test_it_issues_no_more_queries_for_more_pairs(
    bruno: APIClient, django_assert_num_queries: Callable[..., Any]
) -> None:
    job = opened(models=9, regions=5)

    # 1 token, 1 its user, 2 its rights, 1 job with its opener, 1 counts, 1 pairs with models.
    with django_assert_num_queries(7):
        bruno.get(f"{JOBS}/{job.pk}")


def test_an_unknown_job_is_not_found(bruno: APIClient) -> None:
    response = bruno.get(f"{JOBS}/{uuid4()}")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "job_not_found")


def test_a_malformed_job_id_is_not_found_in_the_envelope(bruno: APIClient) -> None:
    response = bruno.get(f"{JOBS}/job-1")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "job_not_found")


def test_an_operator_cancels(ana: APIClient) -> None:
    job = opened(models=2)

    response = ana.delete(f"{JOBS}/{job.pk}")

    body = response.json()["data"]
    assert (response.status_code, body["status"], body["cancelledCount"]) == (200, "CANCELLED", 2)


def test_what_has_ended_cannot_be_cancelled(ana: APIClient) -> None:
    job = opened()
    ana.delete(f"{JOBS}/{job.pk}")

    response = ana.delete(f"{JOBS}/{job.pk}")

    assert (response.status_code, response.json()["error"]["code"]) == (409, "job_state_conflict")


def test_who_may_only_read_may_not_cancel(bruno: APIClient) -> None:
    job = opened()

    response = bruno.delete(f"{JOBS}/{job.pk}")

    assert (response.status_code, response.json()["error"]["code"]) == (403, "permission_denied")
    job.refresh_from_db()
    assert job.status == "QUEUED"


def test_a_stranger_sees_no_job(stranger: APIClient) -> None:
    response = stranger.get(f"{JOBS}/{opened().pk}")

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
