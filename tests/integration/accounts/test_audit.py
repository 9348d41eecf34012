"""An action is in the audit log if, and only if, it was carried out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from certification.accounts.audit import Actor
from certification.accounts.roles import Role
from certification.errors import CertificationError, JobStateConflict
from certification.jobs import lifecycle, opening, reopening
from certification.jobs.requests import IdempotencyKey, OpenRequest, Options
from certification.models import AuditEntry, CertificationJob
from certification.states import AuditAction, Face
from tests.factories.certification import JobFactory, PairFactory, offered, someone
from tests.integration.conftest import RecordedBroker

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Actor:
    return Actor(someone(Role.OPERATOR), Face.API)


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("at").values_list("action", flat=True))


def test_a_job_that_is_opened_says_by_whom_and_what_it_holds(ana: Actor) -> None:
    models, regions = offered(models=2, regions=2)

    job = opening.open_for_models(
        models, regions, OpenRequest(ana, Options(probe_unoffered=True))
    ).job

    entry = AuditEntry.objects.get()
    assert (entry.user, entry.face, entry.action, entry.job, entry.subject) == (
        ana.user,
        "API",
        "JOB_OPENED",
        job,
        str(job.pk),
    )
    assert entry.details == {
        "type": "MULTIPLE_MODELS",
        "pairs": 4,
        "regions": 2,
        "options": {"probeUnoffered": True},
    }


def test_a_retry_says_of_which_job(ana: Actor) -> None:
    failed = PairFactory.create(
        status="FAILED", completed_at=timezone.now(), job__status="COMPLETED"
    )

    reopening.retry_failed(failed.job_id, request=OpenRequest(ana))

    assert AuditEntry.objects.get().details["retryOf"] == str(failed.job_id)


def test_without_an_actor_the_face_is_the_command_line() -> None:
    opening.open_for_models(*offered())

    entry = AuditEntry.objects.get()
    assert (entry.user, entry.username, entry.face) == (None, "", "COMMAND")


@pytest.mark.parametrize(
    ("command", "status", "action"),
    [
        (lifecycle.cancel, "QUEUED", AuditAction.JOB_CANCELLED),
        (lifecycle.pause, "QUEUED", AuditAction.JOB_PAUSED),
        (lifecycle.resume, "PAUSED", AuditAction.JOB_RESUMED),
    ],
)
def test_each_command_is_noted_once(
    command: Callable[..., CertificationJob], status: str, action: AuditAction, ana: Actor
) -> None:
    job = JobFactory.create(status=status)

    command(job.pk, ana)

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.job, entry.user) == (action, job, ana.user)


@pytest.mark.parametrize("command", [lifecycle.cancel, lifecycle.pause, lifecycle.resume])
def test_a_refused_command_leaves_nothing(command: Callable[..., Any], ana: Actor) -> None:
    job = JobFactory.create(status="COMPLETED")

    with pytest.raises(JobStateConflict):
        command(job.pk, ana)

    assert actions() == []


def test_a_refused_opening_leaves_nothing(ana: Actor) -> None:
    with pytest.raises(CertificationError):
        opening.open_for_models(["nobody"], ["nowhere"], OpenRequest(ana))

    assert actions() == []


def test_a_request_that_comes_twice_is_audited_once(ana: Actor) -> None:
    models, regions = offered()
    request = OpenRequest(ana, idempotency_key=IdempotencyKey("key", "print"))

    opening.open_for_models(models, regions, request)
    opening.open_for_models(models, regions, request)

    assert actions() == ["JOB_OPENED"]


def test_a_command_that_is_rolled_back_leaves_no_entry(ana: Actor) -> None:
    job = JobFactory.create(status="QUEUED")

    with transaction.atomic():
        lifecycle.pause(job.pk, ana)
        transaction.set_rollback(True)

    assert actions() == []


def test_a_broker_that_is_away_loses_no_audit_entry(ana: Actor, queued: RecordedBroker) -> None:
    queued.broken = OperationalError("away")

    opening.open_for_models(*offered(), OpenRequest(ana))

    assert actions() == ["JOB_OPENED"]


def test_the_name_outlives_the_account(ana: Actor) -> None:
    assert ana.user is not None
    name = ana.user.username
    opening.open_for_models(*offered(), OpenRequest(ana))

    ana.user.delete()

    entry = AuditEntry.objects.get()
    assert (entry.user, entry.username) == (None, name)
