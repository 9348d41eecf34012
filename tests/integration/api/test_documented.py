"""What the documents of the replaced system show, replayed: each documented answer is held beside
the real one, key by key."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from certification.jobs import opening
from certification.models import CertificationJob
from certification.worker import recording
from models_registry.models import AIModel
from tests.factories.certification import WorkerFactory, offered, result, take
from tests.factories.registry import RegionFactory

pytestmark = pytest.mark.django_db

QUEUE = "/api/certification-queue"
# Where a later decision changed a type: the rating is a number now, the letter is `grade`.
NUMBERS_NOW = {"rating"}


def assert_holds(documented: Any, real: Any, where: str = "answer") -> None:
    """Every documented key is there, with a value of the documented type."""
    if isinstance(documented, dict):
        assert isinstance(real, dict), where
        for key, value in documented.items():
            assert key in real, f"{where}.{key} is missing"
            if key in NUMBERS_NOW:
                assert real[key] is None or isinstance(real[key], float), f"{where}.{key}"
            else:
                assert_holds(value, real[key], f"{where}.{key}")
    elif isinstance(documented, list):
        assert isinstance(real, list), where
        for item in real:
            assert_holds(documented[0], item, f"{where}[]")
    elif isinstance(documented, int | float) and not isinstance(documented, bool):
        assert isinstance(real, int | float), where
    else:
        assert type(real) is type(documented), where


@pytest.fixture
def us_east_1() -> str:
    return str(RegionFactory.create(id="us-east-1").pk)


def finished(models: int, regions: int) -> CertificationJob:
    job = opening.open_for_models(*offered(models, regions)).job
    worker = WorkerFactory.create()
    for pair in job.certifications.all():
        claim = take(pair.pk, worker)
        assert claim is not None
        recording.record(claim, result(score=89.95, rating=4.5, grade="B", badge="SILVER"))
    return job


def test_certify_model(ana: APIClient) -> None:
    _models, (region,) = offered()
    model = AIModel.objects.get()

    answer = ana.post(
        f"{QUEUE}/certify-model", {"modelId": str(model.pk), "region": region}, format="json"
    )

    assert answer.status_code == 201
    real = answer.json()
    assert_holds(
        {
            "status": "success",
            "data": {
                "jobId": "691b1f2f-908b-4005-9d0d-46a49a6f4b33",
                "bullJobId": "a6600418-bcbc-4013-a405-1f6a0924ddab",
                "modelId": "b8bf208f-c271-418b-9428-f564c1c3d637",
                "region": "us-east-1",
                "status": "QUEUED",
            },
        },
        real,
    )
    assert (real["status"], real["data"]["status"]) == ("success", "QUEUED")
    assert (real["data"]["modelId"], real["data"]["region"]) == (str(model.pk), region)


def test_certify_multiple(ana: APIClient) -> None:
    _models, regions = offered(models=3, regions=2)
    uuids = [str(pk) for pk in AIModel.objects.values_list("pk", flat=True)]

    answer = ana.post(
        f"{QUEUE}/certify-multiple", {"modelIds": uuids, "regions": regions}, format="json"
    )

    assert answer.status_code == 201
    real = answer.json()
    assert_holds(
        {
            "status": "success",
            "data": {
                "jobId": "06972535-cdd2-4ed4-a733-328e2603604e",
                "totalJobs": 6,
                "modelIds": ["uuid1", "uuid2", "uuid3"],
                "regions": ["us-east-1", "us-west-2"],
                "status": "QUEUED",
            },
        },
        real,
    )
    data = real["data"]
    assert (data["totalJobs"], data["modelIds"], data["regions"]) == (6, uuids, regions)


def test_certify_all(ana: APIClient, us_east_1: str) -> None:
    offered(models=2)
    eu_west_1 = RegionFactory.create(id="eu-west-1").pk

    answer = ana.post(f"{QUEUE}/certify-all", {"regions": [us_east_1, eu_west_1]}, format="json")

    assert (answer.status_code, answer.json()["data"]["totalJobs"]) == (201, 4)


def test_a_job_with_the_details_of_its_models(bruno: APIClient) -> None:
    job = finished(models=1, regions=1)

    answer = bruno.get(f"{QUEUE}/jobs/{job.pk}")

    assert answer.status_code == 200
    assert_holds(
        {
            "status": "success",
            "data": {
                "id": "691b1f2f-908b-4005-9d0d-46a49a6f4b33",
                "type": "SINGLE_MODEL",
                "status": "COMPLETED",
                "regions": ["ap-southeast-1"],
                "modelIds": ["b8bf208f-c271-418b-9428-f564c1c3d637"],
                "totalModels": 1,
                "processedModels": 1,
                "successCount": 1,
                "failureCount": 0,
                "certifications": [
                    {
                        "id": "a6600418-bcbc-4013-a405-1f6a0924ddab",
                        "modelId": "b8bf208f-c271-418b-9428-f564c1c3d637",
                        "region": "ap-southeast-1",
                        "status": "COMPLETED",
                        "passed": True,
                        "score": 89.95,
                        "rating": "B",
                        "duration": 3,
                        "model": {
                            "id": "b8bf208f-c271-418b-9428-f564c1c3d637",
                            "name": "Cohere Command R+",
                            "apiModelId": "cohere.command-r-plus-v1:0",
                        },
                    }
                ],
            },
        },
        answer.json(),
    )
    data = answer.json()["data"]
    counts = ("totalModels", "processedModels", "successCount", "failureCount")
    assert [data[count] for count in counts] == [1, 1, 1, 0]
    assert (data["type"], data["status"]) == ("SINGLE_MODEL", "COMPLETED")


def test_the_history_with_certifications_and_models(bruno: APIClient) -> None:
    finished(models=5, regions=2)

    answer = bruno.get(f"{QUEUE}/history", {"limit": 10})

    assert_holds(
        {
            "status": "success",
            "data": {
                "jobs": [
                    {
                        "id": "job-123",
                        "status": "COMPLETED",
                        "totalModels": 20,
                        "processedModels": 20,
                        "successCount": 15,
                        "failureCount": 5,
                        "certifications": [
                            {
                                "id": "cert-1",
                                "modelId": "model-abc",
                                "region": "us-east-1",
                                "status": "PASSED",
                                "duration": 1234,
                                "details": {"score": 85, "rating": "B"},
                                "model": {
                                    "id": "model-abc",
                                    "name": "Claude 3.5 Sonnet",
                                    "apiModelId": "anthropic.claude-3-5-sonnet-20241022-v2:0",
                                },
                            }
                        ],
                    }
                ],
                "pagination": {"page": 1, "pageSize": 10, "total": 1},
            },
        },
        answer.json(),
    )
    (job,) = answer.json()["data"]["jobs"]
    assert (job["totalModels"], job["processedModels"], job["successCount"]) == (10, 10, 10)
    assert answer.json()["data"]["pagination"]["pageSize"] == 10


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "history?page=1&limit=20&status=COMPLETED&type=SINGLE_MODEL", 200),
        ("GET", "certifications?page=1&limit=20&region=us-east-1&status=COMPLETED", 200),
        ("GET", "stats", 200),
        ("GET", "regions", 200),
        ("DELETE", "jobs/JOB", 200),
    ],
)
@pytest.mark.parametrize("slash", ["", "/"])
def test_the_other_documented_endpoints_answer(
    method: str, path: str, status: int, slash: str, ana: APIClient
) -> None:
    job = opening.open_for_models(*offered()).job
    path, _, query = path.replace("JOB", str(job.pk)).partition("?")

    answer = ana.generic(method, f"{QUEUE}/{path}{slash}?{query}")

    assert (answer.status_code, answer.json()["status"]) == (status, "success")
