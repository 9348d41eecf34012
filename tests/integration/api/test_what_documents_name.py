"""Columns, filters and log lines that the documents of the replaced system name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from rest_framework.test import APIClient

from certification.accounts.audit import Actor
from certification.accounts.roles import Role
from certification.engine import Category, Verdict
from certification.jobs import lifecycle, opening
from certification.jobs.requests import OpenRequest
from certification.models import Attempt, CertificationJob, JobCertification
from certification.queue import claims
from certification.worker import recording
from tests.factories.certification import WorkerFactory, offered, result, someone, take

pytestmark = pytest.mark.django_db

QUEUE = "/api/certification-queue"


# By table: the columns that the documents index.
INDEXED = {
    "certification_jobs": {"status", "type", "task_id", "created_at"},
    "job_certifications": {"job_id", "model_id", "status"},
    "model_certifications": {"model_id", "status", "region", "job_id", "created_at"},
}


@pytest.mark.parametrize("table", INDEXED)
def test_what_the_documents_index_begins_an_index(table: str) -> None:
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table).values()

    first = {one["columns"][0] for one in constraints if one["index"] or one["unique"]}
    assert INDEXED[table] <= first


def get(client: APIClient, path: str, **query: Any) -> Any:
    response = client.get(f"{QUEUE}/{path}", query)
    assert response.status_code == 200, response.content
    return response.json()["data"]


def passed_pair(job: CertificationJob, **more: Any) -> JobCertification:
    pair = job.certifications.get()
    claim = take(pair.pk)
    assert claim is not None
    recording.record(claim, result(**more))
    return pair


def test_a_job_keeps_how_long_it_ran_in_ms(bruno: APIClient) -> None:
    job = opening.open_for_models(*offered()).job
    pair = job.certifications.get()
    claim = take(pair.pk)
    assert claim is not None
    CertificationJob.objects.update(started_at=Now() - timedelta(days=60, milliseconds=250))

    recording.record(claim, result())

    job.refresh_from_db()
    assert job.started_at
    assert job.completed_at
    assert job.duration_ms
    measured = (job.completed_at - job.started_at) / timedelta(milliseconds=1)
    assert abs(job.duration_ms - measured) <= 1
    assert get(bruno, f"jobs/{job.pk}")["duration"] == job.duration_ms


def test_a_job_says_when_it_last_changed(bruno: APIClient) -> None:
    job = opening.open_for_models(*offered()).job
    long_ago = Now() - timedelta(days=1)
    CertificationJob.objects.update(updated_at=long_ago, created_at=long_ago)
    before = get(bruno, f"jobs/{job.pk}")["updatedAt"]

    lifecycle.pause(job.pk)

    assert get(bruno, f"jobs/{job.pk}")["updatedAt"] > before


def test_the_record_keeps_the_errors_of_earlier_attempts(bruno: APIClient) -> None:
    job = opening.open_for_models(*offered()).job
    pair = job.certifications.get()
    worker = WorkerFactory.create()
    first = take(pair.pk, worker)
    assert first is not None
    throttled = result(Verdict.INCONCLUSIVE, None, Category.THROTTLED)
    assert claims.retry_later(first, 0, throttled)
    second = take(pair.pk, worker)
    assert second is not None
    claims.release(second)
    passed_pair(job)

    log = get(bruno, f"jobs/{job.pk}/certifications/{pair.pk}")["attemptLog"]

    told = [(one["number"], one["outcome"], one["errorCategory"]) for one in log]
    assert told == [(1, "RETRIED", "THROTTLED"), (2, "RELEASED", ""), (3, "RECORDED", "")]
    assert (log[0]["error"], log[0]["worker"]) == ("what went wrong", str(worker))


def test_an_attempt_of_a_lost_worker_is_in_the_log() -> None:
    job = opening.open_for_models(*offered()).job
    worker = WorkerFactory.create()
    assert take(job.certifications.get().pk, worker)
    type(worker).objects.update(stopped_at=Now())

    claims.reclaim_lost()

    assert list(Attempt.objects.values_list("number", "outcome")) == [(1, "RECLAIMED")]


def test_a_standing_says_who_certified_it_and_whose_model_it_is(bruno: APIClient) -> None:
    ana = someone(Role.OPERATOR)
    job = opening.open_for_models(*offered(), OpenRequest(Actor(ana))).job
    passed_pair(job)

    (standing,) = get(bruno, "certifications")["certifications"]

    assert standing["createdBy"] == ana.username
    provider = standing["model"]["provider"]
    assert (provider["id"], provider["slug"], provider["name"]) == ("bedrock", "bedrock", "Bedrock")


def test_the_models_that_a_region_certifies_best_first(bruno: APIClient) -> None:
    (models, (region,)) = offered(models=3)
    job = opening.open_for_models(models, [region]).job
    pairs = job.certifications.order_by("model__name")
    for score, pair in zip((75.0, 95.0, 40.0), pairs, strict=True):
        claim = take(pair.pk)
        assert claim is not None
        verdict = Verdict.PASSED if score > 50 else Verdict.FAILED
        recording.record(claim, result(verdict, score))

    asked = {"region": region, "status": "COMPLETED", "passed": "true", "ordering": "-score"}
    found = get(bruno, "certifications", **asked)["certifications"]

    assert [one["score"] for one in found] == [95.0, 75.0]
    failed = get(bruno, "certifications", passed="false")["certifications"]
    assert [one["score"] for one in failed] == [40.0]
    assert get(bruno, f"jobs/{job.pk}/certifications", passed="true")["pagination"]["total"] == 2
    refused = bruno.get(f"{QUEUE}/certifications", {"passed": "maybe"})
    assert refused.status_code == 400
