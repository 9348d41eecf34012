"""No endpoint ignores a query parameter: what is misspelt would return everything."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.urls import path
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from certification.api.query_parameters import checked, knowing
from certification.jobs import opening
from certification.models import CertificationJob
from tests.factories.certification import offered

from .endpoints import EXAMPLES, endpoints, path_of

pytestmark = pytest.mark.django_db

QUEUE = "/api/certification-queue"
# Paths without a view have no parameters to know.
NOT_THERE = "api-unknown"


@pytest.fixture
def job() -> CertificationJob:
    return opening.open_for_models(*offered()).job


def fields_of(response: Any) -> dict[str, tuple[str, str]]:
    body = response.json()
    assert (response.status_code, body["error"]["code"]) == (400, "invalid"), body
    fields = body["error"]["details"]["fields"]
    return {field["field"]: (field["code"], field["message"]) for field in fields}


@pytest.mark.parametrize(("route", "method"), [one for one in endpoints() if one[0] != NOT_THERE])
def test_every_endpoint_names_a_parameter_that_it_does_not_know(
    route: str, method: str, carla: APIClient, job: CertificationJob
) -> None:
    pair = job.certifications.get()
    values = EXAMPLES | {
        "job_id": job.pk,
        "certification_id": pair.pk,
        "model_id": pair.model.api_model_id,
        "dead_letter_id": UUID(int=3),
    }

    response = carla.generic(
        method, f"{path_of(route, values)}?regoin=x", "{}", content_type="application/json"
    )

    assert fields_of(response)["regoin"][0] == "unknown"
    job.refresh_from_db()
    assert job.status == "QUEUED", "nothing was done"


@pytest.mark.parametrize(
    ("path", "query", "message"),
    [
        ("history", "stauts=FAILED", "Unknown parameter: did you mean status?"),
        ("history", "Status=FAILED", "Unknown parameter: did you mean status?"),
        ("history", "status[]=FAILED", "Unknown parameter: did you mean status?"),
        ("history", "model_id=x", "Unknown parameter. Known here: certificationsLimit, "),
        ("history", "", None),
        ("certifications", "modelid=x", "Unknown parameter: did you mean modelId?"),
        ("certifications", "order=score", "Unknown parameter: did you mean ordering?"),
        ("certifications/export.csv", "regions=x", "Unknown parameter: did you mean region?"),
        ("certifications/export.csv", "format=1", "Unknown parameter. Known here: "),
        ("jobs/JOB/export.csv", "verdict=FAILED", "Unknown parameter. Known here: "),
        ("jobs/JOB", "status=FAILED", "Unknown parameter"),
        ("stats", "region=x", "Unknown parameter: none is known here."),
        ("badge/MODEL/us-east-1.svg", "style=flat", "Unknown parameter: none is known here."),
        ("history", "type=RECERTIFY&type=SINGLE_MODEL", "Given more than once."),
    ],
)
def test_the_answer_says_which_one_may_be_meant(
    path: str, query: str, message: str | None, bruno: APIClient, job: CertificationJob
) -> None:
    path = path.replace("JOB", str(job.pk)).replace("MODEL", job.model_ids[0])

    response = bruno.get(f"{QUEUE}/{path}?{query}")

    if message is None:
        assert response.status_code == 200
        return
    ((_code, told),) = fields_of(response).values()
    assert told.startswith(message)


def test_unknown_and_wrong_parameters_are_told_at_once(bruno: APIClient) -> None:
    fields = fields_of(bruno.get(f"{QUEUE}/history?stauts=FAILED&limit=x&type=NONE"))

    assert {name: code for name, (code, _text) in fields.items()} == {
        "stauts": "unknown",
        "limit": "invalid",
        "type": "invalid_choice",
    }


@pytest.mark.parametrize("query", ["regoin=x", "page=x", "status=WRONG"])
@pytest.mark.parametrize(
    "path", ["jobs/JOB/certifications", "jobs/no-uuid/certifications", "models/no.body/history"]
)
def test_a_wrong_parameter_is_told_before_an_unknown_job_or_model(
    path: str, query: str, bruno: APIClient
) -> None:
    if "models" in path:
        query = query.replace("status", "ordering")

    response = bruno.get(f"{QUEUE}/{path.replace('JOB', str(uuid4()))}?{query}")

    assert fields_of(response)


def test_who_may_not_read_is_told_that_first(stranger: APIClient, nobody: APIClient) -> None:
    for where in ("history", "stats", f"jobs/{uuid4()}/events"):
        assert stranger.get(f"{QUEUE}/{where}?regoin=x").status_code == 401
        assert nobody.get(f"{QUEUE}/{where}?regoin=x").status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "jobs/job-1", "job_not_found"),
        ("DELETE", "jobs/123", "job_not_found"),
        ("POST", "jobs/job-1/pause", "job_not_found"),
        ("POST", "jobs/job-1/retry-failed", "job_not_found"),
        ("GET", "jobs/job-1/certifications", "job_not_found"),
        ("GET", "jobs/job-1/certifications/cert-1", "job_not_found"),
        ("GET", "jobs/JOB/certifications/cert-1", "certification_not_found"),
        ("GET", "jobs/job-1/export.csv", "job_not_found"),
        ("GET", "jobs/job-1/events", "job_not_found"),
        ("GET", "jobs/00000000000000000000000000000000", "job_not_found"),
        ("GET", "dead-letters/1", "dead_letter_not_found"),
        ("GET", "badge/no.such-model/us-east-1.svg", "badge_not_found"),
        ("GET", "badge/no.such-model/US-EAST-1.svg", "badge_not_found"),
        ("GET", "certifications/export.DOC", "unknown_format"),
        ("GET", "jobs/JOB/export.DOC", "unknown_format"),
        ("GET", "models/model-1", "unknown_model"),
        ("GET", "models/model-1/history", "unknown_model"),
    ],
)
def test_an_id_that_is_no_uuid_is_one_that_is_not_found(
    method: str, path: str, code: str, ana: APIClient, job: CertificationJob
) -> None:
    response = ana.generic(method, f"{QUEUE}/{path.replace('JOB', str(job.pk))}")

    assert (response.status_code, response.json()["error"]["code"]) == (404, code)


def test_a_view_that_ignores_unknown_parameters_cannot_be_registered() -> None:
    class Forgetful(APIView):
        def get(self, _request: object) -> Response:
            return Response()

    def plain(_request: object) -> HttpResponse:
        return HttpResponse()

    for view in (Forgetful.as_view(), plain):
        with pytest.raises(ImproperlyConfigured):
            checked([path("forgetful", view, name="forgetful")])
        checked([path("forgetful", knowing("lang")(view), name="forgetful")])
