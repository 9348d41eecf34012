"""Dead letters and breakers over REST."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db.models.functions import Now
from rest_framework.test import APIClient

from certification.engine import Category, Verdict
from certification.engine.errors import UNLIMITED
from certification.jobs import opening
from certification.models import AuditEntry, CertificationJob, CircuitBreaker, DeadLetter
from certification.states import AuditAction, DeadLetterStatus
from certification.worker import recording
from tests.factories.certification import offered, result, take
from tests.factories.registry import RegionFactory

pytestmark = pytest.mark.django_db
Q = "/api/certification-queue"


def a_dead_letter() -> DeadLetter:
    pair = opening.open_for_models(*offered()).job.certifications.get()
    claim = take(pair.pk)
    assert claim is not None
    recording.record(
        claim, result(Verdict.INCONCLUSIVE, None, Category.THROTTLED, retries=UNLIMITED)
    )
    return DeadLetter.objects.get(certification=pair)


def test_dead_letters_that_wait_are_listed_with_their_advice(bruno: APIClient) -> None:
    dead_letter = a_dead_letter()

    data = bruno.get(f"{Q}/dead-letters").json()["data"]

    assert data["pagination"]["total"] == 1
    (shown,) = data["deadLetters"]
    assert shown["id"] == str(dead_letter.pk)
    assert (shown["status"], shown["errorCategory"]) == ("OPEN", "THROTTLED")
    assert shown["model"]["apiModelId"] == dead_letter.certification.model.api_model_id
    assert shown["advice"].startswith("Ask for a higher quota")
    assert bruno.get(f"{Q}/dead-letters/{dead_letter.pk}").json()["data"] == shown


def test_they_are_narrowed_by_what_is_asked(bruno: APIClient) -> None:
    a_dead_letter()

    def total(query: str) -> int:
        return int(bruno.get(f"{Q}/dead-letters?{query}").json()["data"]["pagination"]["total"])

    assert total("status=DISMISSED") == total("region=xx-1") == total("category=SERVICE") == 0
    assert total("category=THROTTLED&search=what went") == 1
    assert bruno.get(f"{Q}/dead-letters?status=SOME").status_code == 400


def test_requeueing_opens_a_job_and_is_in_the_audit_log(ana: APIClient) -> None:
    dead_letter = a_dead_letter()

    answer = ana.post(
        f"{Q}/dead-letters/requeue", {"deadLetterIds": [str(dead_letter.pk)]}, format="json"
    )

    assert answer.status_code == 201
    (opened,) = answer.json()["data"]
    assert CertificationJob.objects.get(pk=opened["jobId"]).total_models == 1
    entry = AuditEntry.objects.get(action=AuditAction.DEAD_LETTERS_REQUEUED)
    assert str(entry.job_id) == opened["jobId"]


def test_dismissing_says_how_many_still_waited(ana: APIClient) -> None:
    dead_letter = a_dead_letter()
    body = {"deadLetterIds": [str(dead_letter.pk)]}

    first = ana.post(f"{Q}/dead-letters/dismiss", body, format="json")
    second = ana.post(f"{Q}/dead-letters/dismiss", body, format="json")

    assert (first.json()["data"], second.json()["data"]) == ({"dismissed": 1}, {"dismissed": 0})
    dead_letter.refresh_from_db()
    assert dead_letter.status == DeadLetterStatus.DISMISSED
    assert AuditEntry.objects.filter(action=AuditAction.DEAD_LETTERS_DISMISSED).count() == 1


def test_what_waits_no_longer_is_a_conflict(ana: APIClient) -> None:
    dead_letter = a_dead_letter()
    DeadLetter.objects.update(status=DeadLetterStatus.CLOSED)

    answer = ana.post(
        f"{Q}/dead-letters/requeue", {"deadLetterIds": [str(dead_letter.pk)]}, format="json"
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "nothing_to_requeue")


def test_an_unknown_dead_letter_is_named(ana: APIClient) -> None:
    unknown = str(uuid4())

    answer = ana.post(f"{Q}/dead-letters/requeue", {"deadLetterIds": [unknown]}, format="json")

    assert answer.status_code == 404
    error = answer.json()["error"]
    assert (error["code"], error["details"]) == (
        "dead_letter_not_found",
        {"deadLetterIds": [unknown]},
    )


def test_fifty_dead_letters_cost_as_many_queries_as_one(
    bruno: APIClient, django_assert_num_queries: object
) -> None:
    """The token, its user, its rights (2), the number, the dead letters with their pairs."""
    for _ in range(4):
        a_dead_letter()

    with django_assert_num_queries(6):  # type: ignore[operator]
        bruno.get(f"{Q}/dead-letters")


def test_an_open_circuit_says_why(bruno: APIClient) -> None:
    region = RegionFactory.create()
    CircuitBreaker.objects.create(region=region, opened_at=Now(), retry_at=Now(), reason="SERVICE")

    (shown,) = bruno.get(f"{Q}/breakers").json()["data"]

    assert (shown["region"], shown["circuit"], shown["reason"]) == (
        region.pk,
        "HALF_OPEN",
        "SERVICE",
    )


def test_it_is_reset_by_an_operator(ana: APIClient) -> None:
    region = RegionFactory.create()
    CircuitBreaker.objects.create(region=region, opened_at=Now(), retry_at=Now(), reason="SERVICE")

    answer = ana.post(f"{Q}/breakers/{region.pk}/reset")

    assert answer.json()["data"]["circuit"] == "CLOSED"
    assert AuditEntry.objects.get().action == AuditAction.BREAKER_RESET


def test_a_limit_is_set_by_an_administrator(carla: APIClient) -> None:
    region = RegionFactory.create()
    path = f"{Q}/breakers/{region.pk}/limit"

    answer = carla.put(path, {"limit": 3}, format="json")

    assert (answer.json()["data"]["limit"], answer.json()["data"]["ownLimit"]) == (3, 3)
    assert carla.put(path, {"limit": 0}, format="json").status_code == 400
    assert carla.put(path, {"limit": None}, format="json").json()["data"]["ownLimit"] is None


def test_an_unknown_region_is_refused(ana: APIClient) -> None:
    answer = ana.post(f"{Q}/breakers/xx-nowhere-1/reset")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_region")


def test_a_region_that_was_removed_while_its_circuit_was_open_is_shown_and_reset(
    ana: APIClient,
) -> None:
    region = RegionFactory.create(is_active=False)
    CircuitBreaker.objects.create(
        region=region, opened_at=Now(), retry_at=Now(), reason="THROTTLED"
    )

    (shown,) = ana.get(f"{Q}/breakers").json()["data"]
    answers = [ana.post(f"{Q}/breakers/{region.pk}/reset") for _ in range(2)]

    assert shown["region"] == region.pk
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["data"]["circuit"] == "CLOSED"
    assert ana.get(f"{Q}/breakers").json()["data"] == []
