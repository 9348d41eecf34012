"""Requests of clients of the replaced system."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from certification.models import CertificationJob
from tests.factories.certification import offered

pytestmark = pytest.mark.django_db

QUEUE = "/api/certification-queue"


@pytest.mark.parametrize("sender", ["leo@leo.com", None, {"id": "user-1"}])
@pytest.mark.parametrize("path", ["certify-model", "certify-multiple", "certify-all"])
def test_who_opens_a_job_is_who_owns_the_token_whatever_the_body_says(
    path: str, sender: Any, ana: APIClient
) -> None:
    models, regions = offered()
    bodies: dict[str, dict[str, Any]] = {
        "certify-model": {"modelId": models[0], "region": regions[0]},
        "certify-multiple": {"modelIds": models, "regions": regions},
        "certify-all": {"regions": regions},
    }

    answer = ana.post(f"{QUEUE}/{path}", {**bodies[path], "createdBy": sender}, format="json")

    assert answer.status_code == 201, answer.content
    job = CertificationJob.objects.select_related("created_by").get()
    assert job.created_by is not None
    assert job.created_by.username.startswith("person-")


def test_other_unknown_fields_are_refused(ana: APIClient) -> None:
    (model,), (region,) = offered()

    answer = ana.post(
        f"{QUEUE}/certify-model",
        {"modelId": model, "region": region, "createdby": "leo"},
        format="json",
    )

    (field,) = answer.json()["error"]["details"]["fields"]
    assert (answer.status_code, field["field"], field["code"]) == (400, "createdby", "unknown")


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_first_version_s_address_certifies_a_model(slash: str, ana: APIClient) -> None:
    (model,), (region,) = offered()

    answer = ana.post(
        f"/api/certification/certify{slash}", {"modelId": model, "region": region}, format="json"
    )

    data = answer.json()["data"]
    assert (answer.status_code, data["apiModelId"], data["region"]) == (201, model, region)
    assert (data["totalJobs"], data["status"]) == (1, "QUEUED")


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_root_lists_the_operations(slash: str, stranger: APIClient) -> None:
    data = stranger.get(f"{QUEUE}{slash}").json()["data"]

    listed = {(one["method"], one["path"]): one for one in data["operations"]}
    assert listed["POST", f"{QUEUE}/certify-model"]["name"] == "certifyModel"
    assert listed["GET", f"{QUEUE}/jobs/{{job_id}}"]["description"].startswith("Returns a job")
    for path in (data["documentation"], data["schema"]):
        assert stranger.get(path).status_code == 200
