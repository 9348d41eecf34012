"""Every request that the documents of the old system show, sent after its database was imported.

The answers are held beside what the documents say, key by key: a value as it is, a type where the
value is new in each run. Where a later decision changed a value, the new one stands here, with the
reason.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from certification.accounts.roles import Role
from certification.legacy.old_row import uuid_of
from certification.models import JobCertification, ModelCertification
from certification.worker import recording
from certification.worker.reconciler import reconcile
from tests.factories.certification import result, someone, take
from tests.factories.old_database import OldDatabase
from tests.integration.api.conftest import client_of

from .old_data import NOVA, START, import_all, minutes

pytestmark = [pytest.mark.django_db, pytest.mark.servers_only, pytest.mark.usefixtures("_registry")]

QUEUE = "/api/certification-queue"
CLAUDE, COHERE = "anthropic.claude-3-5-sonnet-20241022-v2:0", "cohere.command-r-plus-v1:0"
NOVA_ID = "b1e0c7f0-5a3d-4a0e-9d57-2f1a60a4c001"
CLAUDE_ID = str(uuid_of("model-abc"))
COHERE_ID = "b8bf208f-c271-418b-9428-f564c1c3d637"
SINGLE, TASK = "691b1f2f-908b-4005-9d0d-46a49a6f4b33", "a6600418-bcbc-4013-a405-1f6a0924ddab"
BATCH = str(uuid_of("job-123"))
# Models of the old table that Bedrock does not serve.
OTHERS = {
    "gpt-3.5-turbo": "openai",
    "gpt-4-turbo": "openai",
    "llama-3.1-8b-instant": "groq",
    "llama-3.3-70b-versatile": "groq",
    "meta-llama/Llama-3-70b-chat-hf": "huggingface",
    "Qwen/Qwen1.5-72B-Chat": "huggingface",
}


def assert_answers(expected: Any, real: Any, where: str = "answer") -> None:
    """Every key of `expected` is there with its value; a type stands for any value of it."""
    if isinstance(expected, dict):
        assert isinstance(real, dict), where
        assert expected.keys() <= real.keys(), f"{where} lacks {expected.keys() - real.keys()}"
        for key, value in expected.items():
            assert_answers(value, real[key], f"{where}.{key}")
    elif isinstance(expected, list):
        assert isinstance(real, list), where
        assert len(real) == len(expected), f"{where} has {len(real)}"
        for number, (one, other) in enumerate(zip(expected, real, strict=True)):
            assert_answers(one, other, f"{where}[{number}]")
    elif expected is UUID:
        UUID(real)
    elif isinstance(expected, type):
        assert isinstance(real, expected), f"{where} is {real!r}"
    else:
        assert (type(real), real) == (type(expected), expected), where


def success(data: Any) -> dict[str, Any]:
    return {"status": "success", "data": data}


@pytest.fixture
def client(old: OldDatabase) -> APIClient:
    """An operator of the new system, after the import."""
    _fill(old)
    import_all(old)
    return client_of(someone(Role.OPERATOR))


def _fill(old: OldDatabase) -> None:
    names = ["aws", *dict.fromkeys(OTHERS.values())]
    old.add("ai_providers", [{"id": name, "name": name, "slug": name} for name in names])
    models = [
        (NOVA_ID, "Amazon Nova Lite", NOVA, "aws"),
        ("model-abc", "Claude 3.5 Sonnet", CLAUDE, "aws"),
        (COHERE_ID, "Cohere Command R+", COHERE, "aws"),
        *((f"other-{name}", name, name, provider) for name, provider in OTHERS.items()),
    ]
    old.add(
        "ai_models",
        [
            {"id": id_, "name": name, "apiModelId": api_id, "providerId": provider}
            for id_, name, api_id, provider in models
        ],
    )
    times = {"createdAt": START, "startedAt": START, "updatedAt": minutes(1)}
    old.add(
        "certification_jobs",
        [
            {
                "id": "job-123",
                "type": "MULTIPLE_MODELS",
                "status": "COMPLETED",
                "regions": ["us-east-1", "eu-west-1"],
                "modelIds": ["model-abc", NOVA_ID],
                "totalModels": 4,
                "processedModels": 4,
                "successCount": 3,
                "failureCount": 1,
                "bullJobId": "41",
                "duration": 5777,
                "completedAt": minutes(1),
                **times,
            },
            {
                "id": SINGLE,
                "type": "SINGLE_MODEL",
                "status": "COMPLETED",
                "regions": ["ap-southeast-1"],
                "modelIds": [COHERE_ID],
                "totalModels": 1,
                "processedModels": 1,
                "successCount": 1,
                "failureCount": 0,
                "bullJobId": TASK,
                "duration": 3,
                "completedAt": minutes(2),
                **times,
                "createdAt": minutes(1),
            },
        ],
    )
    passed, failed = {"status": "PASSED"}, {"status": "FAILED", "error": "Model timed out"}
    pairs = [
        ("cert-1", "model-abc", "us-east-1", 1234, passed),
        ("cert-2", "model-abc", "eu-west-1", 1456, passed),
        ("cert-3", NOVA_ID, "us-east-1", 987, passed),
        ("cert-4", NOVA_ID, "eu-west-1", 2100, failed),
    ]
    old.add(
        "job_certifications",
        [
            {
                "id": id_,
                "jobId": "job-123",
                "modelId": model,
                "region": region,
                "duration": duration,
                "startedAt": START,
                "completedAt": minutes(1),
                "createdAt": minutes(10 - number),
                "details": {"score": 85, "rating": "B", "simulated": True},
                "error": None,
                **outcome,
            }
            for number, (id_, model, region, duration, outcome) in enumerate(pairs)
        ],
    )
    old.add(
        "model_certifications",
        [
            {
                "id": "a6600418-bcbc-4013-a405-1f6a0924dda0",
                "modelId": COHERE_ID,
                "region": "ap-southeast-1",
                "status": "COMPLETED",
                "passed": True,
                "score": 89.95,
                "rating": "B",
                "duration": 3,
                "jobId": TASK,
                "startedAt": minutes(1),
                "completedAt": minutes(2),
                "createdAt": minutes(1),
                "updatedAt": minutes(2),
            }
        ],
    )


def test_document_000_the_history_with_each_certification(client: APIClient) -> None:
    """The old rating, A to F, is `grade` now, and the rating a number."""
    answer = client.get(f"{QUEUE}/history", {"page": 1, "limit": 10})

    first = {
        "id": str(uuid_of("cert-1")),
        "modelId": CLAUDE_ID,
        "region": "us-east-1",
        "status": "PASSED",
        "duration": 1234,
        "error": None,
        "details": {"score": 85.0, "simulated": True},
        "model": {"id": CLAUDE_ID, "name": str, "apiModelId": CLAUDE},
    }
    last = {
        "id": str(uuid_of("cert-4")),
        "modelId": NOVA_ID,
        "region": "eu-west-1",
        "status": "FAILED",
        "duration": 2100,
        "error": "Model timed out",
        "model": {"id": NOVA_ID, "name": str, "apiModelId": NOVA},
    }
    assert_answers(
        success(
            {
                "jobs": [
                    {"id": SINGLE, "status": "COMPLETED", "totalModels": 1},
                    {
                        "id": BATCH,
                        "type": "MULTIPLE_MODELS",
                        "status": "COMPLETED",
                        "regions": ["us-east-1", "eu-west-1"],
                        "modelIds": [CLAUDE_ID, NOVA_ID],
                        "totalModels": 4,
                        "processedModels": 4,
                        "successCount": 3,
                        "failureCount": 1,
                        "duration": 5777,
                        "createdAt": "2026-02-02T12:00:00Z",
                        "completedAt": "2026-02-02T12:01:00Z",
                        "certifications": [first, dict, dict, last],
                    },
                ],
                "pagination": {"page": 1, "pageSize": 10, "total": 2},
            }
        ),
        answer.json(),
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "nova"}, 2),
        ({"region": "us-east-1"}, 2),
        ({"status": "PASSED"}, 3),
        ({"status": "FAILED"}, 1),
        ({"status": "PROCESSING"}, 0),
    ],
    ids=str,
)
def test_document_000_the_filters_of_an_expanded_job(
    client: APIClient, query: dict[str, str], found: int
) -> None:
    answer = client.get(f"{QUEUE}/jobs/{BATCH}/certifications", query)

    assert_answers({"pagination": {"total": found}}, answer.json()["data"])


def test_document_001_the_nine_endpoints(client: APIClient) -> None:
    one = client.post(
        f"{QUEUE}/certify-model", {"modelId": NOVA_ID, "region": "us-east-1"}, format="json"
    )
    several = client.post(
        f"{QUEUE}/certify-multiple",
        {"modelIds": [NOVA_ID, NOVA], "regions": ["us-east-1", "us-west-2"]},
        format="json",
    )
    many = client.post(
        f"{QUEUE}/certify-multiple",
        {"modelIds": [NOVA_ID], "regions": ["us-east-1", "us-west-2"]},
        format="json",
    )
    every = client.post(
        f"{QUEUE}/certify-all", {"regions": ["us-east-1", "eu-west-1"]}, format="json"
    )
    job = client.get(f"{QUEUE}/jobs/{SINGLE}")
    history = client.get(f"{QUEUE}/history", {"status": "COMPLETED", "type": "SINGLE_MODEL"})
    standings = client.get(
        f"{QUEUE}/certifications",
        {"page": 1, "limit": 20, "modelId": COHERE_ID, "region": "ap-southeast-1",
         "status": "COMPLETED"},
    )  # fmt: skip
    stats = client.get(f"{QUEUE}/stats")
    regions = client.get(f"{QUEUE}/regions")
    waiting = one.json()["data"]["jobId"]
    cancelled = client.delete(f"{QUEUE}/jobs/{waiting}")

    codes = [each.status_code for each in (one, many, every, job, history, standings, stats)]
    assert codes == [201, 201, 201, 200, 200, 200, 200]
    opened = {"jobId": UUID, "bullJobId": UUID, "status": "QUEUED"}
    assert_answers(success({**opened, "modelId": NOVA_ID, "region": "us-east-1"}), one.json())
    # One model under two names is refused, where it was certified twice.
    assert_answers({"status": "error", "error": {"code": "duplicate"}}, several.json())
    assert_answers(
        success(
            {
                "jobId": UUID,
                "totalJobs": 2,
                "modelIds": [NOVA_ID],
                "regions": ["us-east-1", "us-west-2"],
                "status": "QUEUED",
            }
        ),
        many.json(),
    )
    assert_answers(success({**opened, "totalJobs": int, "modelIds": list}), every.json())
    certification = {
        "modelId": COHERE_ID,
        "region": "ap-southeast-1",
        # A pair's own status: COMPLETED was the standing's.
        "status": "PASSED",
        "passed": True,
        "score": 89.95,
        "grade": "B",
        "duration": 3,
        "model": {"id": COHERE_ID, "name": "Cohere Command R+", "apiModelId": COHERE},
    }
    assert_answers(
        success(
            {
                "id": SINGLE,
                "type": "SINGLE_MODEL",
                "status": "COMPLETED",
                "regions": ["ap-southeast-1"],
                "modelIds": [COHERE_ID],
                "totalModels": 1,
                "processedModels": 1,
                "successCount": 1,
                "failureCount": 0,
                "bullJobId": TASK,
                "duration": 3,
                "certifications": [certification],
                "certificationsTotal": 1,
            }
        ),
        job.json(),
    )
    assert_answers({"jobs": [{"id": SINGLE}], "pagination": {"total": 1}}, history.json()["data"])
    standing = {**certification, "status": "CERTIFIED", "stale": False, "jobId": SINGLE}
    assert_answers(
        {"certifications": [standing], "pagination": {"page": 1, "pageSize": 20, "total": 1}},
        standings.json()["data"],
    )
    assert_answers(success({"jobs": {"COMPLETED": 2}, "regions": list}), stats.json())
    assert regions.json()["data"][0].keys() >= {"id", "name"}
    assert_answers(success({"id": waiting, "status": "CANCELLED"}), cancelled.json())


def test_document_003_certifying_and_a_worker_that_finds_no_standing(client: APIClient) -> None:
    opened = client.post(
        "/api/certification/certify", {"modelId": NOVA, "region": "us-east-1"}, format="json"
    )
    assert opened.status_code == 201
    assert_answers(
        success({"jobId": UUID, "modelId": NOVA_ID, "region": "us-east-1", "status": "QUEUED"}),
        opened.json(),
    )
    # The document empties the table, and lets the worker go on.
    ModelCertification.objects.all().delete()
    pair = JobCertification.objects.get(job=opened.json()["data"]["jobId"])
    claim = take(pair.pk)
    assert claim
    assert recording.record(claim, result(score=95.5, grade="A", rating=4.8))
    reconcile()

    (standing,) = client.get(f"{QUEUE}/certifications", {"modelId": NOVA}).json()["data"][
        "certifications"
    ]
    assert_answers(
        {
            "status": "CERTIFIED",
            "passed": True,
            "score": 95.5,
            "rating": 4.8,
            "region": "us-east-1",
        },
        standing,
    )


def test_document_004_what_bedrock_does_not_serve_is_refused_before_a_job(
    client: APIClient,
) -> None:
    for name in OTHERS:
        refused = client.post(
            f"{QUEUE}/certify-model", {"modelId": name, "region": "us-east-1"}, format="json"
        )
        assert refused.status_code == 400
        assert_answers({"status": "error", "error": {"code": "not_certifiable"}}, refused.json())
    unknown = client.post(
        f"{QUEUE}/certify-model", {"modelId": "no.model", "region": "us-east-1"}, format="json"
    )
    every = client.post(f"{QUEUE}/certify-all", {"regions": ["us-east-1"]}, format="json")
    listed = client.get(f"{QUEUE}/certifiable-models")

    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "unknown_model")
    assert {one["apiModelId"] for one in every.json()["data"]["skipped"]} >= set(OTHERS)
    assert not {one["apiModelId"] for one in listed.json()["data"]} & set(OTHERS)
    job = every.json()["data"]["jobId"]
    polled = client.get(f"{QUEUE}/jobs/{job}", {"certificationsLimit": 1})
    assert_answers(
        success({"type": "ALL_MODELS", "status": str, "successCount": 0, "certifications": [dict]}),
        polled.json(),
    )
