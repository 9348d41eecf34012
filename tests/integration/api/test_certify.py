from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from certification.models import CertificationJob, JobCertification, ModelCertification
from models_registry.models import AIModel
from tests.factories.certification import offered
from tests.factories.registry import AIModelFactory, ProviderFactory

pytestmark = pytest.mark.django_db

QUEUE = "/api/certification-queue"


def post(client: APIClient, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    response = client.post(f"{QUEUE}/{path}", body, format="json")
    return response.status_code, response.json()


def test_one_model_in_one_region(ana: APIClient) -> None:
    models, regions = offered()
    model = AIModel.objects.get()

    status, body = post(ana, "certify-model", {"modelId": models[0], "region": regions[0]})

    job = CertificationJob.objects.get()
    assert status == 201
    assert body == {
        "status": "success",
        "data": {
            "jobId": str(job.pk),
            "bullJobId": str(job.task_id),
            "taskId": str(job.task_id),
            "totalJobs": 1,
            "modelId": str(model.pk),
            "apiModelId": model.api_model_id,
            "modelIds": [str(model.pk)],
            "region": regions[0],
            "regions": regions,
            "status": "QUEUED",
            "skipped": [],
        },
    }


def test_several_models_in_several_regions(ana: APIClient) -> None:
    models, regions = offered(models=3, regions=2)

    status, body = post(ana, "certify-multiple", {"modelIds": models, "regions": regions})

    assert (status, body["data"]["totalJobs"]) == (201, 6)
    assert (len(body["data"]["modelIds"]), body["data"]["regions"]) == (3, regions)


def test_all_models_with_the_foreign_ones_skipped(ana: APIClient) -> None:
    _models, regions = offered(models=2)
    foreign = AIModelFactory.create(provider=ProviderFactory.create(id="openai", name="OpenAI"))

    status, body = post(ana, "certify-all", {"regions": regions})

    assert (status, body["data"]["totalJobs"]) == (201, 2)
    assert body["data"]["skipped"] == [
        {
            "modelId": str(foreign.pk),
            "apiModelId": foreign.api_model_id,
            "reason": "models of OpenAI cannot be certified, only those of Bedrock",
        }
    ]


def test_paths_are_known_with_a_trailing_slash_too(ana: APIClient) -> None:
    _models, regions = offered()

    assert post(ana, "certify-all/", {"regions": regions})[0] == 201


def test_who_opened_a_job_is_kept(ana: APIClient) -> None:
    models, regions = offered()

    _status, body = post(ana, "certify-model", {"modelId": models[0], "region": regions[0]})

    job = ana.get(f"{QUEUE}/jobs/{body['data']['jobId']}").json()["data"]
    assert job["createdBy"].startswith("person-")


def test_options_are_passed_on(ana: APIClient) -> None:
    models, regions = offered()
    config = {"probeUnoffered": True, "checks": ["needle"]}

    post(ana, "certify-multiple", {"modelIds": models, "regions": regions, "config": config})

    assert CertificationJob.objects.get().config == config


BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown model": ("certify-model", {"modelId": "no.body", "region": "R"}, "unknown_model"),
    "unknown region": ("certify-model", {"modelId": "M", "region": "mars-1"}, "unknown_region"),
    "no model": ("certify-model", {"region": "R"}, "invalid"),
    "blank model": ("certify-model", {"modelId": "", "region": "R"}, "invalid"),
    "no models": ("certify-multiple", {"modelIds": [], "regions": ["R"]}, "invalid"),
    "no regions": ("certify-multiple", {"modelIds": ["M"], "regions": []}, "invalid"),
    "not a list": ("certify-multiple", {"modelIds": "M", "regions": ["R"]}, "invalid"),
    "a model twice": ("certify-multiple", {"modelIds": ["M", "M"], "regions": ["R"]}, "duplicate"),
    "a region twice": ("certify-multiple", {"modelIds": ["M"], "regions": ["R", "R"]}, "duplicate"),
    "foreign": ("certify-multiple", {"modelIds": ["M", "F"], "regions": ["R"]}, "not_certifiable"),
    "foreign alone": ("certify-model", {"modelId": "F", "region": "R"}, "not_certifiable"),
    "all, no region": ("certify-all", {"regions": []}, "invalid"),
    "all, nothing": ("certify-all", {}, "invalid"),
    "bad options": ("certify-all", {"regions": ["R"], "config": {"checks": 5}}, "invalid"),
    "unknown field": ("certify-all", {"regions": ["R"], "region": "R"}, "invalid"),
    "unknown option": ("certify-all", {"regions": ["R"], "config": {"probe": True}}, "invalid"),
    "unknown check": (
        "certify-all",
        {"regions": ["R"], "config": {"checks": ["x"]}},
        "unknown_check",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_with_a_code_and_writes_nothing(case: str, ana: APIClient) -> None:
    path, body, code = BAD[case]
    models, regions = offered()
    AIModelFactory.create(api_model_id="F", provider=ProviderFactory.create(id="groq", name="Groq"))
    text = json.dumps(body).replace('"M"', f'"{models[0]}"').replace('"R"', f'"{regions[0]}"')

    status, answer = post(ana, path, json.loads(text))

    assert (answer["status"], answer["error"]["code"]) == ("error", code)
    # As in the system that this one replaces, a model that does not exist is not found.
    assert status == (404 if code == "unknown_model" else 400)
    assert answer["error"]["message"]
    assert not CertificationJob.objects.exists()
    assert not JobCertification.objects.exists()
    assert not ModelCertification.objects.exists()


def test_the_models_that_cannot_be_certified_are_named(ana: APIClient) -> None:
    models, regions = offered()
    groq = ProviderFactory.create(id="groq", name="Groq")
    foreign = AIModelFactory.create(provider=groq)

    _status, body = post(
        ana, "certify-multiple", {"modelIds": [*models, str(foreign.pk)], "regions": regions}
    )

    assert [item["apiModelId"] for item in body["error"]["details"]["models"]] == [
        foreign.api_model_id
    ]


@pytest.mark.parametrize("text", ["{", "[]", '"text"', ""])
def test_a_body_that_is_no_json_object_is_told(text: str, ana: APIClient) -> None:
    response = ana.post(f"{QUEUE}/certify-all", text, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["error"]["code"] in ("parse_error", "invalid")


def test_another_media_type_is_told(ana: APIClient) -> None:
    response = ana.post(f"{QUEUE}/certify-all", "x=1", content_type="text/plain")

    assert (response.status_code, response.json()["error"]["code"]) == (
        415,
        "unsupported_media_type",
    )


@pytest.mark.parametrize("path", ["certify-model", "certify-multiple", "certify-all"])
def test_who_may_only_read_may_not_certify(path: str, bruno: APIClient) -> None:
    status, body = post(bruno, path, {})

    assert (status, body["error"]["code"]) == (403, "permission_denied")


@pytest.mark.parametrize("path", ["certify-model", "certify-multiple", "certify-all"])
def test_without_a_token_nothing_is_told(path: str, stranger: APIClient) -> None:
    status, body = post(stranger, path, {})

    assert (status, body["error"]["code"]) == (401, "not_authenticated")
