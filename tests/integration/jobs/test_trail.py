"""What people do stands on the audit trail exactly when it was done."""

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
from certification.jobs import lifecycle, opening
from certification.jobs.opening import By, Once, Options
from certification.models import AuditEntry, CertificationJob
from certification.states import AuditAction, Face
from tests.factories.certification import JobFactory, PairFactory, offered, someone
from tests.integration.conftest import RecordedBell

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Actor:
    return Actor(someone(Role.OPERATOR), Face.API)


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("at").values_list("action", flat=True))


def test_a_job_that_is_opened_says_by_whom_and_what_it_holds(ana: Actor) -> None:
    models, regions = offered(models=2, regions=2)

    job = opening.open_for_models(models, regions, By(ana, Options(probe_unoffered=True))).job

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

    opening.retry_failed(failed.job_id, by=By(ana))

    assert AuditEntry.objects.get().details["retryOf"] == str(failed.job_id)


def test_without_anyone_it_was_the_command_line() -> None:
    opening.open_for_models(*offered())

    entry = AuditEntry.objects.get()
    assert (entry.user, entry.username, entry.face) == (None, "", "COMMAND")


@pytest.mark.parametrize(
    ("deed", "status", "action"),
    [
        (lifecycle.cancel, "QUEUED", AuditAction.JOB_CANCELLED),
        (lifecycle.pause, "QUEUED", AuditAction.JOB_PAUSED),
        (lifecycle.resume, "PAUSED", AuditAction.JOB_RESUMED),
    ],
)
def test_each_command_is_noted_once(
    deed: Callable[..., CertificationJob], status: str, action: AuditAction, ana: Actor
) -> None:
    job = JobFactory.create(status=status)

    deed(job.pk, ana)

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.job, entry.user) == (action, job, ana.user)


@pytest.mark.parametrize("deed", [lifecycle.cancel, lifecycle.pause, lifecycle.resume])
def test_a_refused_command_leaves_nothing(deed: Callable[..., Any], ana: Actor) -> None:
    job = JobFactory.create(status="COMPLETED")

    with pytest.raises(JobStateConflict):
        deed(job.pk, ana)

    assert actions() == []


def test_a_refused_opening_leaves_nothing(ana: Actor) -> None:
    with pytest.raises(CertificationError):
        opening.open_for_models(["nobody"], ["nowhere"], By(ana))

    assert actions() == []


def test_a_request_that_comes_twice_was_done_once(ana: Actor) -> None:
    models, regions = offered()
    by = By(ana, once=Once("key", "print"))

    opening.open_for_models(models, regions, by)
    opening.open_for_models(models, regions, by)

    assert actions() == ["JOB_OPENED"]


def test_a_deed_that_is_rolled_back_was_never_done(ana: Actor) -> None:
    job = JobFactory.create(status="QUEUED")

    with transaction.atomic():
        lifecycle.pause(job.pk, ana)
        transaction.set_rollback(True)

    assert actions() == []


def test_a_broker_that_is_away_takes_nothing_off_the_trail(ana: Actor, rung: RecordedBell) -> None:
    rung.broken = OperationalError("away")

    opening.open_for_models(*offered(), By(ana))

    assert actions() == ["JOB_OPENED"]


def test_the_name_outlives_the_account(ana: Actor) -> None:
    assert ana.user is not None
    name = ana.user.username
    opening.open_for_models(*offered(), By(ana))

    ana.user.delete()

    entry = AuditEntry.objects.get()
    assert (entry.user, entry.username) == (None, name)
