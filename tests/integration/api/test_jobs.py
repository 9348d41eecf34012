from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db.models.functions import Now
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import Serializer
from rest_framework.test import APIClient

from certification.api.serializers.certifications import JobCertificationItemSerializer
from certification.engine import POLICIES, Category, Verdict
from certification.jobs import opening
from certification.models import CertificationJob
from certification.worker import recording
from models_registry.models import AIModel
from tests.factories.certification import UserFactory, WorkerFactory, offered, result, take
from tests.factories.registry import RegionFactory

pytestmark = pytest.mark.django_db

JOBS = "/api/certification-queue/jobs"


def whole(response: Any) -> Any:
    assert response.status_code == 200
    parts = response.streaming_content if response.streaming else [response.content]
    return json.loads(b"".join(parts))["data"]


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


@pytest.mark.parametrize("models", [9, 11], ids=["at once", "streamed"])
def test_a_job_is_whole_unless_less_is_asked_for(models: int, bruno: APIClient) -> None:
    job = opened(models=models, regions=10)

    body = whole(bruno.get(f"{JOBS}/{job.pk}"))

    assert len(body["certifications"]) == body["certificationsTotal"] == models * 10
    for limit in (0, 1, 95):
        part = whole(bruno.get(f"{JOBS}/{job.pk}", {"certificationsLimit": limit}))
        assert part == body | {"certifications": body["certifications"][:limit]}
    for wrong in (-1, "x", 1.5):
        assert bruno.get(f"{JOBS}/{job.pk}", {"certificationsLimit": wrong}).status_code == 400


def test_certifications_are_ordered_by_status_and_creation(bruno: APIClient) -> None:
    job = opened(models=6)
    statuses = [("PASSED", 3), ("FAILED", 2), ("PASSED", 1), ("CANCELLED", 6), ("FAILED", 5)]
    pairs = list(job.certifications.order_by("model__name"))
    for pair, (status, age) in zip(pairs, statuses, strict=False):
        type(pair).objects.filter(pk=pair.pk).update(
            status=status, completed_at=Now(), created_at=Now() - timedelta(hours=age)
        )

    shown = whole(bruno.get(f"{JOBS}/{job.pk}"))["certifications"]

    assert shown == sorted(shown, key=lambda one: (one["status"], one["createdAt"]))
    assert [one["status"] for one in shown][:2] == ["CANCELLED", "FAILED"]


def test_the_fields_of_a_certification_are_what_its_serializer_declares() -> None:
    job = opened(models=2)
    first, _waiting = job.certifications.order_by("model__name")
    claim = take(first.pk)
    assert claim is not None
    costly = result(Verdict.FAILED, 12.5, Category.ACCESS, cost=Decimal("0.00012"), ttft_ms=3)
    recording.record(claim, costly)

    for pair in job.certifications.select_related("model"):
        serializer = JobCertificationItemSerializer()
        declared = Serializer.to_representation(serializer, pair)
        shown = serializer.to_representation(pair)
        assert json.loads(JSONRenderer().render(shown)) == json.loads(
            JSONRenderer().render(declared)
        )


def ended_job() -> CertificationJob:
    job = opened(models=2)
    for pair in job.certifications.all():
        claim = take(pair.pk)
        assert claim is not None
        recording.record(claim, result())
    return job


CHANGES: dict[str, Callable[[CertificationJob], Any]] = {
    "model": lambda job: AIModel.objects.filter(pk=job.model_ids[0]).update(name="Renamed"),
    "api id": lambda job: AIModel.objects.filter(pk=job.model_ids[1]).update(api_model_id="a.b"),
    "score": lambda job: job.certifications.update(score=11.0),
    "region": lambda job: job.certifications.update(region=RegionFactory.create()),
    "options": lambda job: CertificationJob.objects.update(config={"legacy": {}}),
    "creator": lambda job: CertificationJob.objects.update(created_by=UserFactory.create()),
    "fewer pairs": lambda job: job.certifications.all()[0].delete(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_an_answer_about_an_ended_job_is_never_an_old_one(
    change: Callable[[CertificationJob], Any], bruno: APIClient
) -> None:
    job = ended_job()
    before = bruno.get(f"{JOBS}/{job.pk}")
    same = {"headers": {"if-none-match": before["ETag"]}}
    assert bruno.get(f"{JOBS}/{job.pk}", **same).status_code == 304

    change(job)

    after = bruno.get(f"{JOBS}/{job.pk}", **same)
    assert (after.status_code, after.json() == before.json()) == (200, False)


@pytest.mark.parametrize("limit", [0, 1])
def test_an_ended_job_is_answered_with_few_pairs_or_none(limit: int, bruno: APIClient) -> None:
    body = whole(bruno.get(f"{JOBS}/{ended_job().pk}", {"certificationsLimit": limit}))

    assert len(body["certifications"]) == limit


def test_a_deleted_job_is_gone_at_once(bruno: APIClient) -> None:
    job = ended_job()
    tag = bruno.get(f"{JOBS}/{job.pk}")["ETag"]

    CertificationJob.objects.filter(pk=job.pk).delete()

    assert bruno.get(f"{JOBS}/{job.pk}", headers={"if-none-match": tag}).status_code == 404


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
