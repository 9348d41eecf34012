"""What changes jobs over REST: pause, resume, retry, recertify, and requests that come twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from rest_framework.test import APIClient

from certification.engine import Category, Verdict
from certification.jobs import opening
from certification.models import CertificationJob, ModelCertification
from certification.worker import recording
from models_registry.models import AIModel
from tests.factories.certification import WorkerFactory, offered, result, take

pytestmark = pytest.mark.django_db

QUEUE = "/api/certification-queue"


def ended(*verdicts: Verdict) -> CertificationJob:
    """A job whose pairs have come to these verdicts."""
    job = opening.open_for_models(*offered(models=len(verdicts))).job
    worker = WorkerFactory.create()
    for pair, verdict in zip(job.certifications.order_by("model__name"), verdicts, strict=True):
        claim = take(pair.pk, worker)
        assert claim is not None
        category = None if verdict is Verdict.PASSED else Category.THROTTLED
        recording.record(claim, result(verdict, 90.0, category))
    return job


def post(client: APIClient, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    response = client.post(f"{QUEUE}/{path}", body or {}, format="json", headers=headers)
    return response.status_code, response.json()


def test_a_job_is_paused_and_resumed(ana: APIClient) -> None:
    job = opening.open_for_models(*offered()).job

    assert post(ana, f"jobs/{job.pk}/pause")[1]["data"]["status"] == "PAUSED"
    status, body = post(ana, f"jobs/{job.pk}/pause")
    assert (status, body["error"]["code"]) == (409, "job_state_conflict")
    assert post(ana, f"jobs/{job.pk}/resume")[1]["data"]["status"] == "QUEUED"


def test_only_what_failed_or_could_not_be_judged_is_certified_again(ana: APIClient) -> None:
    job = ended(Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE)

    status, body = post(ana, f"jobs/{job.pk}/retry-failed")

    assert (status, body["data"]["totalJobs"]) == (201, 2)
    again = ana.get(f"{QUEUE}/jobs/{body['data']['jobId']}").json()["data"]
    assert (again["type"], again["retryOf"]) == ("RECERTIFY", str(job.pk))
    failed = job.certifications.filter(status__in=("FAILED", "INCONCLUSIVE"))
    assert {pair["modelId"] for pair in again["certifications"]} == {
        str(pair.model_id) for pair in failed
    }


def test_one_row_can_be_retried(ana: APIClient) -> None:
    job = ended(Verdict.FAILED, Verdict.FAILED)
    one = job.certifications.all()[0]

    status, body = post(ana, f"jobs/{job.pk}/retry-failed", {"certificationIds": [str(one.pk)]})

    assert (status, body["data"]["modelIds"]) == (201, [str(one.model_id)])


def test_a_row_that_passed_cannot_be_retried(ana: APIClient) -> None:
    job = ended(Verdict.PASSED, Verdict.FAILED)
    passed = job.certifications.get(status="PASSED")

    status, body = post(ana, f"jobs/{job.pk}/retry-failed", {"certificationIds": [str(passed.pk)]})

    assert (status, body["error"]["code"]) == (404, "certification_not_found")
    assert CertificationJob.objects.count() == 1


def test_with_nothing_failed_there_is_nothing_to_retry(ana: APIClient) -> None:
    job = ended(Verdict.PASSED)

    status, body = post(ana, f"jobs/{job.pk}/retry-failed")

    assert (status, body["error"]["code"]) == (409, "nothing_to_retry")
    assert CertificationJob.objects.count() == 1


def test_models_retired_since_are_skipped_by_a_retry(ana: APIClient) -> None:
    job = ended(Verdict.FAILED, Verdict.FAILED)
    AIModel.objects.filter(pk=job.model_ids[0]).update(is_active=False)

    _status, body = post(ana, f"jobs/{job.pk}/retry-failed")

    assert body["data"]["totalJobs"] == 1
    assert [item["modelId"] for item in body["data"]["skipped"]] == [job.model_ids[0]]


def test_what_is_old_is_certified_again(ana: APIClient) -> None:
    job = ended(Verdict.PASSED, Verdict.PASSED)
    ModelCertification.objects.filter(model=job.model_ids[0]).update(
        completed_at=Now() - timedelta(days=40)
    )

    status, body = post(ana, "recertify", {"olderThanDays": 30})

    assert (status, body["data"]["modelIds"]) == (201, [job.model_ids[0]])


@pytest.mark.parametrize(
    ("statuses", "pairs"), [(["FAILED"], 1), (["FAILED", "CERTIFIED"], 2), (["STALE"], 1)]
)
def test_what_has_a_status_is_certified_again(
    statuses: list[str], pairs: int, ana: APIClient
) -> None:
    job = ended(Verdict.PASSED, Verdict.FAILED)
    ModelCertification.objects.filter(model=job.model_ids[0]).update(stale_reason="THROTTLED")

    _status, body = post(ana, "recertify", {"statuses": statuses})

    assert body["data"]["totalJobs"] == pairs


def test_pairs_that_a_job_is_at_work_on_are_not_recertified(ana: APIClient) -> None:
    opening.open_for_models(*offered())

    status, body = post(ana, "recertify", {"all": True})

    assert (status, body["error"]["code"]) == (409, "nothing_to_retry")


@pytest.mark.parametrize(
    "no_condition",
    [{}, {"all": False}, {"olderThanDays": 0}, {"statuses": []}, {"createdBy": "leo"},
     {"config": {"checks": ["needle"]}}],
)  # fmt: skip
def test_everything_is_certified_again_only_if_that_is_said(
    no_condition: dict[str, Any], ana: APIClient
) -> None:
    ended(Verdict.PASSED, Verdict.FAILED)

    status, body = post(ana, "recertify", no_condition)

    assert (status, body["error"]["code"]) == (400, "no_condition")
    assert CertificationJob.objects.count() == 1
    status, body = post(ana, "recertify", {**no_condition, "all": True})
    assert (status, body["data"]["totalJobs"]) == (201, 2)


def test_the_conditions_of_a_recertification_are_joined_by_and(ana: APIClient) -> None:
    job = ended(Verdict.PASSED, Verdict.FAILED)
    passed, failed = job.model_ids

    for conditions, pairs in (
        ({"statuses": ["FAILED"], "modelIds": [passed]}, None),
        ({"statuses": ["FAILED"], "olderThanDays": 1}, None),
        ({"statuses": ["FAILED"], "modelIds": [failed]}, [failed]),
    ):
        status, body = post(ana, "recertify", conditions)
        assert (status, body.get("data", {}).get("modelIds")) == (201 if pairs else 409, pairs)


@pytest.mark.parametrize("path", ["certify-model", "certify-multiple", "certify-all"])
def test_a_request_that_comes_twice_opens_one_job_and_answers_the_same(
    path: str, ana: APIClient
) -> None:
    models, regions = offered()
    bodies: dict[str, dict[str, Any]] = {
        "certify-model": {"modelId": models[0], "region": regions[0]},
        "certify-multiple": {"modelIds": models, "regions": regions},
        "certify-all": {"regions": regions},
    }

    first = post(ana, path, bodies[path], **{"Idempotency-Key": "abc"})
    take(CertificationJob.objects.get().certifications.get().pk, WorkerFactory.create())
    second = post(ana, path, bodies[path], **{"Idempotency-Key": "abc"})

    assert first == second
    assert first[0] == 201
    assert CertificationJob.objects.count() == 1


def test_a_key_that_comes_with_another_request_is_refused(ana: APIClient) -> None:
    models, regions = offered(models=2)
    post(ana, "certify-all", {"regions": regions}, **{"Idempotency-Key": "abc"})

    status, body = post(
        ana, "certify-multiple", {"modelIds": models, "regions": regions}, **{
            "Idempotency-Key": "abc"
        }
    )  # fmt: skip

    assert (status, body["error"]["code"]) == (409, "idempotency_key_reused")


def test_a_request_that_was_refused_may_come_again_under_its_key(ana: APIClient) -> None:
    models, regions = offered()
    body = {"modelIds": models, "regions": regions}
    AIModel.objects.update(is_active=False)
    assert post(ana, "certify-multiple", body, **{"Idempotency-Key": "abc"})[0] == 400
    AIModel.objects.update(is_active=True)

    assert post(ana, "certify-multiple", body, **{"Idempotency-Key": "abc"})[0] == 201


def test_another_user_s_key_is_another_key(ana: APIClient, carla: APIClient) -> None:
    _models, regions = offered()

    for client in (ana, carla):
        post(client, "certify-all", {"regions": regions}, **{"Idempotency-Key": "abc"})

    assert CertificationJob.objects.count() == 2


def test_what_has_ended_has_an_etag_and_is_not_sent_twice(ana: APIClient) -> None:
    job = ended(Verdict.PASSED)

    first = ana.get(f"{QUEUE}/jobs/{job.pk}")
    again = ana.get(f"{QUEUE}/jobs/{job.pk}", headers={"If-None-Match": first["ETag"]})

    assert first.status_code == 200
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])


def test_a_running_job_has_no_etag(ana: APIClient) -> None:
    job = opening.open_for_models(*offered()).job

    assert "ETag" not in ana.get(f"{QUEUE}/jobs/{job.pk}")


def test_too_many_requests_are_told(ana: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "certification.api.throttling.UserThrottle.get_rate", lambda _throttle: "2/min"
    )

    answers = [ana.get(f"{QUEUE}/regions") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["error"]["code"] == "throttled"
    assert int(answers[2]["Retry-After"]) > 0
