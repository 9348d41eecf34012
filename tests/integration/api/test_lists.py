from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from rest_framework.test import APIClient

from certification.engine import Category, CheckResult, Status, Verdict
from certification.jobs import opening
from certification.models import CertificationJob, ModelCertification
from certification.states import PairStatus, StandingStatus
from certification.worker import recording
from models_registry.models import AIModel
from tests.factories.certification import WorkerFactory, offered, result, take
from tests.factories.registry import AIModelFactory

pytestmark = pytest.mark.django_db

QUEUE = "/api/certification-queue"
ANSWERS = CheckResult("answers", "Answers", Status.PASSED, 1.0, 3, True, True, latency_ms=40)
POOR = CheckResult("answers", "Answers", Status.FAILED, 0.5, 3, True, True, latency_ms=80)


def certified(models: int = 1, regions: int = 1, **more: Any) -> CertificationJob:
    """A job of which every pair has passed, unless told otherwise."""
    job = opening.open_for_models(*offered(models, regions)).job
    worker = WorkerFactory.create()
    for pair in job.certifications.all():
        claim = take(pair.pk, worker)
        assert claim is not None
        recording.record(claim, result(**{"results": (ANSWERS,), **more}))
    return job


def get(client: APIClient, path: str, **query: Any) -> Any:
    response = client.get(f"{QUEUE}/{path}", query)
    assert response.status_code == 200, response.content
    return response.json()["data"]


def test_history_is_newest_first_with_the_first_certifications_of_each(bruno: APIClient) -> None:
    older, newer = certified(models=1), certified(models=4, regions=3)
    CertificationJob.objects.filter(pk=older.pk).update(created_at=Now() - timedelta(seconds=2))

    data = get(bruno, "history")

    assert [job["id"] for job in data["jobs"]] == [str(newer.pk), str(older.pk)]
    assert data["pagination"] == {"page": 1, "pageSize": 20, "total": 2, "totalPages": 1}
    first = data["jobs"][0]
    assert len(first["certifications"]) == first["certificationsTotal"] == 12
    assert set(first["certifications"][0]["model"]) == {"id", "name", "apiModelId"}


def test_each_job_of_the_history_has_its_newest_certifications_and_their_number(
    bruno: APIClient,
) -> None:
    job = opening.open_for_models(*offered(11, 10)).job
    newest = job.certifications.order_by("pk")[57]
    job.certifications.exclude(pk=newest.pk).update(created_at=Now() - timedelta(days=1))

    (listed,) = get(bruno, "history")["jobs"]

    assert (len(listed["certifications"]), listed["certificationsTotal"]) == (100, 110)
    assert listed["certifications"][0]["id"] == str(newest.pk)
    (fewer,) = get(bruno, "history", certificationsLimit=3)["jobs"]
    assert fewer["certifications"] == listed["certifications"][:3]


def test_history_is_filtered_and_paged(bruno: APIClient) -> None:
    certified()
    waiting = opening.open_for_models(*offered(models=2)).job

    assert get(bruno, "history", status="QUEUED")["pagination"]["total"] == 1
    (job,) = get(bruno, "history", type="MULTIPLE_MODELS")["jobs"]
    assert job["id"] == str(waiting.pk)
    page = get(bruno, "history", page=2, limit=1)
    assert (len(page["jobs"]), page["pagination"]["totalPages"]) == (1, 2)
    assert get(bruno, "history", page=9)["jobs"] == []


@pytest.mark.parametrize(
    "query", [{"limit": 101}, {"limit": 0}, {"page": 0}, {"page": "x"}, {"status": "WRONG"}]
)
def test_what_cannot_be_asked_is_told(query: dict[str, Any], bruno: APIClient) -> None:
    response = bruno.get(f"{QUEUE}/history", query)

    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid")


def test_certifications_are_filtered_by_model_region_and_status(bruno: APIClient) -> None:
    certified(models=2)
    certified(verdict=Verdict.FAILED, score=10.0, category=Category.ACCESS)
    warned = certified(score=50.0)
    model = AIModel.objects.get(pk=warned.model_ids[0])

    everything = get(bruno, "certifications")
    assert everything["pagination"]["total"] == 4
    assert get(bruno, "certifications", status="FAILED")["pagination"]["total"] == 1
    assert get(bruno, "certifications", status="COMPLETED")["pagination"]["total"] == 3
    for name in (model.api_model_id, str(model.pk)):
        (standing,) = get(bruno, "certifications", modelId=name)["certifications"]
        assert (standing["status"], standing["passed"], standing["score"]) == (
            "QUALITY_WARNING",
            True,
            50.0,
        )
    (in_region,) = get(bruno, "certifications", region=warned.regions[0])["certifications"]
    assert in_region["testResults"][0]["title"]


def test_a_job_s_certifications_are_searched_filtered_and_paged(bruno: APIClient) -> None:
    job = certified(models=3, regions=2)
    AIModel.objects.filter(pk=job.model_ids[0]).update(name="Nova Lite")
    path = f"jobs/{job.pk}/certifications"

    assert get(bruno, path, limit=4)["pagination"] == {
        "page": 1,
        "pageSize": 4,
        "total": 6,
        "totalPages": 2,
    }
    assert get(bruno, path, search="nova")["pagination"]["total"] == 2
    assert get(bruno, path, region=job.regions[1])["pagination"]["total"] == 3
    assert get(bruno, path, status="FAILED")["pagination"]["total"] == 0


@pytest.mark.parametrize("path", ["jobs/JOB/certifications", "certifications"])
def test_models_of_one_name_are_each_on_one_page(bruno: APIClient, path: str) -> None:
    job = opening.open_for_models(*offered(12, 30)).job
    # To record each pair would take longer than all that is asked here.
    judged = {"completed_at": Now(), "score": 95.0, "passed": True}
    job.certifications.update(status=PairStatus.PASSED, **judged)
    ModelCertification.objects.update(
        status=StandingStatus.CERTIFIED, verdict=StandingStatus.CERTIFIED, **judged
    )
    AIModel.objects.filter(pk__in=job.model_ids[:2]).update(vendor="Twins", name="Twin")
    path = path.replace("JOB", str(job.pk))

    pages = [get(bruno, path, limit=7, page=n)["certifications"] for n in range(1, 53)]

    shown = [row["id"] for page in pages for row in page]
    assert len(shown) == len(set(shown)) == 360


def test_a_record_has_every_check_with_its_calls(bruno: APIClient) -> None:
    job = certified()
    pair = job.certifications.get()

    record = get(bruno, f"jobs/{job.pk}/certifications/{pair.pk}")

    (check,) = record["checks"]
    assert (check["id"], check["points"], check["latencyMs"], check["calls"]) == (
        "answers",
        1.0,
        40,
        [],
    )
    assert record["details"] == {"score": 95.0, "rating": None, "simulated": True}


def test_a_record_of_another_job_is_not_found(bruno: APIClient) -> None:
    job, other = certified(), certified()

    response = bruno.get(f"{QUEUE}/jobs/{job.pk}/certifications/{other.certifications.get().pk}")

    assert (response.status_code, response.json()["error"]["code"]) == (
        404,
        "certification_not_found",
    )


def test_statistics_count_what_there_is(bruno: APIClient) -> None:
    certified(models=2)
    certified(verdict=Verdict.FAILED, score=10.0, category=Category.ACCESS)
    opening.open_for_models(*offered())
    WorkerFactory.create()

    data = get(bruno, "stats")

    assert data["jobs"] == {"COMPLETED": 2, "QUEUED": 1}
    assert data["certifications"] == {"CERTIFIED": 2, "FAILED": 1, "QUEUED": 1}
    assert data["queue"] == {"PENDING": 1, "QUEUED": 0, "PROCESSING": 0}
    assert data["workers"] == 3
    assert sum(region["passed"] for region in data["regions"]) == 2
    assert data["averageScore"] == pytest.approx((95 + 95 + 10) / 3)


def test_the_matrix_has_a_cell_for_each_standing(bruno: APIClient) -> None:
    job = certified(models=2, regions=2)
    AIModelFactory.create(vendor="Somebody")

    data = get(bruno, "matrix")

    assert (len(data["models"]), len(data["regions"])) == (3, 2)
    cell = data["cells"][job.model_ids[0]][job.regions[0]]
    assert (cell["status"], cell["score"], cell["simulated"]) == ("CERTIFIED", 95.0, True)
    assert 0 <= cell["ageSeconds"] < 60
    assert len(get(bruno, "matrix", vendor="Somebody")["models"]) == 1
    assert len(get(bruno, "matrix", status="CERTIFIED")["models"]) == 2
    assert len(get(bruno, "matrix", regions=job.regions[0])["regions"]) == 1
    assert len(get(bruno, "matrix", capability="tools")["models"]) == 3
    assert get(bruno, "matrix", capability="document_input")["models"] == []


def test_models_are_compared_and_the_checks_that_differ_are_named(bruno: APIClient) -> None:
    good = certified(latency_ms=40)
    poor = certified(score=60.0, results=(POOR,), latency_ms=25)

    data = get(bruno, "compare", models=f"{good.model_ids[0]},{poor.model_ids[0]}")

    first, second = data["sides"]
    assert (first["score"], second["score"]) == (95.0, 60.0)
    assert (first["latencyP50Ms"], second["latencyP50Ms"]) == (40, 25)
    assert (first["checks"], second["checks"]) == ({"answers": 1.0}, {"answers": 0.5})
    assert data["differingChecks"] == ["answers"]


def test_regions_are_compared(bruno: APIClient) -> None:
    job = certified(models=2, regions=2)

    data = get(bruno, "compare", regions=",".join(job.regions))

    assert [side["certifications"] for side in data["sides"]] == [2, 2]
    assert data["differingChecks"] == []


@pytest.mark.parametrize(
    ("query", "status"), [({}, 400), ({"regions": "mars"}, 400), ({"models": "a.b,c.d"}, 404)]
)
def test_a_comparison_that_cannot_be_made_is_told(
    query: dict[str, str], status: int, bruno: APIClient
) -> None:
    assert bruno.get(f"{QUEUE}/compare", query).status_code == status


def test_one_model_under_two_names_is_not_compared_with_itself(bruno: APIClient) -> None:
    model = AIModel.objects.get(pk=certified().model_ids[0])

    query = {"models": f"{model.pk},{model.api_model_id}"}

    assert bruno.get(f"{QUEUE}/compare", query).status_code == 400


def test_models_providers_and_one_model_s_standing_and_history(bruno: APIClient) -> None:
    job = certified(regions=2)
    model = AIModel.objects.get(pk=job.model_ids[0])

    assert [item["id"] for item in get(bruno, "providers")] == ["bedrock"]
    assert len(get(bruno, "models", search=model.name)) == 1
    assert get(bruno, f"models/{model.api_model_id}")["id"] == str(model.pk)
    assert len(get(bruno, f"models/{model.pk}/certifications")) == 2
    history = get(bruno, f"models/{model.pk}/history", region=job.regions[0])
    assert history["pagination"]["total"] == 1


def test_a_model_whose_id_has_a_slash_is_found(bruno: APIClient) -> None:
    AIModelFactory.create(api_model_id="meta-llama/Llama-3-70b-chat-hf")

    assert get(bruno, "models/meta-llama/Llama-3-70b-chat-hf")["vendor"] == "Vendor"
    assert get(bruno, "models/meta-llama%2FLlama-3-70b-chat-hf/certifications") == []


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("history", 7),
        ("certifications", 6),
        ("stats", 14),
        ("matrix", 7),
        ("JOB/certifications", 7),
        ("models/MODEL/history", 7),
    ],
)
def test_lists_issue_no_more_queries_for_more_rows(
    path: str, queries: int, bruno: APIClient, django_assert_num_queries: Callable[..., Any]
) -> None:
    """4 for the token, its user and its rights; the others are the list's own."""
    jobs = [certified(models=3, regions=2) for _ in range(3)]
    path = path.replace("JOB", f"jobs/{jobs[0].pk}").replace("MODEL", jobs[0].model_ids[0])

    with django_assert_num_queries(queries):
        get(bruno, path)

    assert ModelCertification.objects.count() == 18


@pytest.mark.parametrize(
    "path", ["history", "certifications", "JOB/certifications", "models/MODEL/history"]
)
def test_lists_are_ordered_as_asked(path: str, bruno: APIClient) -> None:
    job = certified(models=2)
    path = path.replace("JOB", f"jobs/{job.pk}").replace("MODEL", job.model_ids[0])

    for ordering in ("completedAt", "-completedAt", "-completedAt,completedAt"):
        assert get(bruno, path, ordering=ordering)["pagination"]["total"]
    refused = bruno.get(f"{QUEUE}/{path}", {"ordering": "model__provider"})
    (field,) = refused.json()["error"]["details"]["fields"]
    assert (refused.status_code, field["field"], field["code"]) == (
        400,
        "ordering",
        "invalid_choice",
    )


def test_all_parameters_that_cannot_be_read_are_told_at_once(bruno: APIClient) -> None:
    query = {"limit": "x", "search": " ", "region": "r" * 33, "status": "WRONG"}
    job = certified()

    answer = bruno.get(f"{QUEUE}/jobs/{job.pk}/certifications", query)

    fields = answer.json()["error"]["details"]["fields"]
    assert {field["field"]: field["code"] for field in fields} == {
        "limit": "invalid",
        "search": "blank",
        "region": "max_length",
        "status": "invalid_choice",
    }
    assert {field["message"] for field in fields} == {
        "A valid integer is required.",
        "This field may not be blank.",
        "Ensure this field has no more than 32 characters.",
        '"WRONG" is not a valid choice.',
    }
