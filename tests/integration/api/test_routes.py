"""A deployment or a job may forbid kinds of routes; the record says which route was judged."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db.models.functions import Now
from pytest_django import Settings
from rest_framework.test import APIClient

from certification.engine import (
    Category,
    CheckError,
    Route,
    RouteKind,
    RouteOutcome,
    RouteResult,
    Verdict,
)
from certification.engine import RouteKind as EngineKind
from certification.engine import RouteOutcome as EngineOutcome
from certification.jobs import opening
from certification.jobs.requests import OpenRequest, Options
from certification.models import CertificationJob, JobCertification, ModelCertification
from certification.states import RouteKind as StoredKind
from certification.states import RouteOutcome as StoredOutcome
from certification.worker import recording
from certification.worker.run_pair import offered_spec
from models_registry import offers
from models_registry.models import ModelOffer
from tests.factories.certification import WorkerFactory, offered, result, take

pytestmark = pytest.mark.django_db
QUEUE = "/api/certification-queue"


def opened(types: list[str], **options: Any) -> JobCertification:
    models, regions = offered()
    ModelOffer.objects.update(inference_types=types)
    job = opening.open_for_models(models, regions, OpenRequest(options=Options(**options))).job
    return job.certifications.get()


def kinds(pair: JobCertification) -> list[str]:
    return [route.kind for route in offered_spec(pair).routes]


def test_the_names_are_the_same_in_engine_registry_and_database() -> None:
    assert [*EngineKind] == StoredKind.values == [*offers.ROUTE_KINDS]
    assert [*EngineOutcome] == StoredOutcome.values


def test_a_pair_has_the_routes_of_its_offer_in_order_of_preference() -> None:
    assert kinds(opened(["GLOBAL", "ON_DEMAND", "EU"])) == ["IN_REGION", "GEO", "GLOBAL"]


def test_a_job_may_allow_some_kinds_only() -> None:
    assert kinds(opened(["GLOBAL", "ON_DEMAND", "EU"], routes=("GLOBAL", "GEO"))) == [
        "GEO",
        "GLOBAL",
    ]


def test_the_deployment_forbids_what_no_job_may_allow(settings: Settings) -> None:
    settings.ALLOWED_ROUTES = ["IN_REGION", "GEO"]

    assert kinds(opened(["GLOBAL", "EU"], routes=("GLOBAL", "GEO"))) == ["GEO"]


@pytest.mark.parametrize("types", [["GLOBAL"], ["GLOBAL", "PROVISIONED"]])
def test_without_an_allowed_route_a_pair_ends_unsupported_without_a_call(types: list[str]) -> None:
    pair = opened(types, routes=("IN_REGION",))

    assert (pair.status, pair.error_category) == ("UNSUPPORTED", "ROUTE_FORBIDDEN")
    assert "is of an allowed kind (IN_REGION)" in pair.error_message
    assert pair.completed_at is not None


def test_the_api_takes_the_kinds_and_refuses_others(ana: APIClient) -> None:
    (model,), (region,) = offered()
    body = {"modelId": model, "region": region, "routes": ["GEO"]}

    answer = ana.post(f"{QUEUE}/certify-model", body, format="json")
    refused = ana.post(f"{QUEUE}/certify-model", body | {"routes": ["GEO", "MOON"]}, format="json")

    assert answer.status_code == 201, answer.content
    job = ana.get(f"{QUEUE}/jobs/{answer.json()['data']['jobId']}").json()["data"]
    assert job["config"] == {"routes": ["GEO"]}
    assert refused.status_code == 400


def test_a_record_names_its_route_and_what_the_others_did(ana: APIClient) -> None:
    pair = opened(["GLOBAL", "EU"])
    claim = take(pair.pk, WorkerFactory.create())
    assert claim is not None
    eu, world = Route(RouteKind.GEO, "eu.m"), Route(RouteKind.GLOBAL, "global.m")
    denied = CheckError(Category.POLICY, "AccessDeniedException", "explicit deny")
    recording.record(
        claim,
        result(
            Verdict.PASSED,
            90.0,
            route=eu,
            routes=(
                RouteResult(eu, RouteOutcome.WORKS, latency_ms=40),
                RouteResult(world, RouteOutcome.REFUSED, denied, 7),
            ),
        ),
    )
    expected = [
        {"id": "eu.m", "kind": "GEO", "outcome": "WORKS", "category": None, "message": "",
         "latencyMs": 40},
        {"id": "global.m", "kind": "GLOBAL", "outcome": "REFUSED", "category": "POLICY",
         "message": "explicit deny", "latencyMs": 7},
    ]  # fmt: skip

    job = ana.get(f"{QUEUE}/jobs/{pair.job_id}").json()["data"]
    (standing,) = ana.get(f"{QUEUE}/certifications").json()["data"]["certifications"]
    matrix = ana.get(f"{QUEUE}/matrix").json()["data"]

    for found in (job["certifications"][0], standing):
        assert found["route"] == {"id": "eu.m", "kind": "GEO"}
        assert found["routes"] == expected
    (cell,) = matrix["cells"][str(pair.model_id)].values()
    assert cell["routeKind"] == "GEO"


def test_a_blocked_pair_counts_apart_and_as_a_failure_for_old_clients(ana: APIClient) -> None:
    pair = opened(["EU"])
    claim = take(pair.pk, WorkerFactory.create())
    assert claim is not None
    recording.record(claim, result(Verdict.BLOCKED, None, Category.ACCOUNT))

    job = ana.get(f"{QUEUE}/jobs/{pair.job_id}").json()["data"]

    assert (job["blockedCount"], job["failureCount"], job["inconclusiveCount"]) == (1, 1, 0)
    assert (job["status"], job["certifications"][0]["status"]) == ("COMPLETED", "BLOCKED")
    (standing,) = ana.get(f"{QUEUE}/certifications?status=BLOCKED").json()["data"]["certifications"]
    assert standing["passed"] is None


def judged_over_each_kind() -> CertificationJob:
    """A job of one model in three regions, each judged over another kind of route, and in a fourth
    over none."""
    job = opening.open_for_models(*offered(1, 4)).job
    for region, kind in zip(job.regions, [*StoredKind, ""], strict=True):
        judged = {"route_kind": kind, "route_id": kind and f"id-{kind}", "completed_at": Now()}
        job.certifications.filter(region=region).update(status="PASSED", passed=True, **judged)
        ModelCertification.objects.filter(region=region).update(
            status="CERTIFIED", verdict="CERTIFIED", **judged
        )
    return job


LISTS = (
    "certifications",
    "jobs/JOB/certifications",
    "models/MODEL/certifications",
    "models/MODEL/history",
)


def at(path: str, job: CertificationJob) -> str:
    return f"{QUEUE}/{path}".replace("JOB", str(job.pk)).replace("MODEL", job.model_ids[0])


@pytest.mark.parametrize("kind", StoredKind.values)
@pytest.mark.parametrize("path", LISTS)
def test_lists_are_filtered_by_the_kind_of_route(path: str, kind: str, ana: APIClient) -> None:
    job = judged_over_each_kind()

    data = ana.get(at(path, job), {"routeKind": kind}).json()["data"]

    rows = data if isinstance(data, list) else data["certifications"]
    assert [row["route"]["kind"] for row in rows] == [kind]


@pytest.mark.parametrize("path", ["certifications", "jobs/JOB"])
def test_exports_are_filtered_as_their_lists_are(path: str, ana: APIClient) -> None:
    job = judged_over_each_kind()

    answer = ana.get(at(f"{path}/export.csv", job), {"routeKind": "GLOBAL"})

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["Region"] == job.regions[2]


@pytest.mark.parametrize(
    "path", [*LISTS, "matrix", "certifications/export.csv", "jobs/JOB/export.csv"]
)
@pytest.mark.parametrize("value", ["MOON", "geo", "GEO,GLOBAL"])
def test_a_kind_of_route_that_there_is_not_is_refused(
    value: str, path: str, ana: APIClient
) -> None:
    answer = ana.get(at(path, judged_over_each_kind()), {"routeKind": value})

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "invalid"
    assert "routeKind" in str(error)


def test_the_matrix_keeps_models_that_were_judged_over_the_kind(ana: APIClient) -> None:
    job = judged_over_each_kind()
    world = ModelCertification.objects.filter(route_kind="GLOBAL")

    def names(**wanted: str) -> list[str]:
        data = ana.get(f"{QUEUE}/matrix", {"routeKind": "GLOBAL", **wanted}).json()["data"]
        return [model["id"] for model in data["models"]]

    assert names() == names(status="CERTIFIED") == job.model_ids
    # Another region's certificate does not make this one's.
    world.update(status="FAILED", verdict="FAILED")
    assert names(status="CERTIFIED") == []
    world.update(route_kind="GEO")
    assert names() == []
