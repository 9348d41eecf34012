from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from certification.jobs import opening
from certification.models import JobCertification
from certification.queue import claims
from certification.states import JobStatus, PairStatus
from tests.factories.certification import (
    JobFactory,
    PairFactory,
    StandingFactory,
    WorkerFactory,
    offered,
    take,
)

pytestmark = pytest.mark.django_db


def test_a_queued_pair_is_claimed_and_its_job_begins() -> None:
    pair, worker = PairFactory.create(), WorkerFactory.create()

    claim = take(pair.pk, worker)

    assert claim is not None
    assert (claim.attempt, claim.tries) == (1, 1)
    pair.refresh_from_db()
    assert (pair.status, pair.worker, pair.attempt) == (PairStatus.PROCESSING, worker, 1)
    assert pair.started_at is not None
    assert pair.job.status == JobStatus.PROCESSING
    assert pair.job.started_at == pair.started_at


def test_a_message_delivered_twice_claims_the_pair_once() -> None:
    pair, worker = PairFactory.create(), WorkerFactory.create()

    assert take(pair.pk, worker) is not None
    assert take(pair.pk, worker) is None
    pair.refresh_from_db()
    assert pair.attempt == 1


def test_a_message_whose_row_is_gone_ends_quietly() -> None:
    pair = PairFactory.create()
    JobCertification.objects.all().delete()

    assert take(pair.pk, WorkerFactory.create()) is None


@pytest.mark.parametrize(
    "status", [JobStatus.PAUSED, JobStatus.CANCELLED, JobStatus.COMPLETED, JobStatus.PENDING]
)
def test_pairs_of_a_job_that_does_not_run_are_left(status: JobStatus) -> None:
    pair = PairFactory.create(job=JobFactory.create(status=status))

    assert take(pair.pk, WorkerFactory.create()) is None


def test_a_pair_that_is_not_due_is_left() -> None:
    pair = PairFactory.create(due_at=Now() + timedelta(hours=1))

    assert take(pair.pk, WorkerFactory.create()) is None


def test_the_standing_shows_that_its_pair_is_processing() -> None:
    models, regions = offered()
    job = opening.open_for_models(models, regions).job

    take(job.certifications.get().pk, WorkerFactory.create())

    assert job.standings.get().status == "PROCESSING"


def test_a_standing_that_a_newer_job_has_is_not_touched() -> None:
    pair = PairFactory.create()
    standing = StandingFactory.create(
        model=pair.model, region=pair.region, job=JobFactory.create(), status="QUEUED"
    )

    take(pair.pk, WorkerFactory.create())

    standing.refresh_from_db()
    assert standing.status == "QUEUED"


def test_a_pair_to_be_retried_later_waits_until_it_is_due() -> None:
    pair, worker = PairFactory.create(), WorkerFactory.create()
    claim = take(pair.pk, worker)
    assert claim is not None

    assert claims.retry_later(claim, seconds=60)

    pair.refresh_from_db()
    assert (pair.status, pair.worker) == (PairStatus.PENDING, None)
    assert take(pair.pk, worker) is None
    JobCertification.objects.update(due_at=Now())
    again = take(pair.pk, worker)
    assert again is not None
    assert again.tries == 2


def test_a_released_pair_can_be_claimed_at_once_and_the_attempt_is_excused() -> None:
    pair, worker = PairFactory.create(), WorkerFactory.create()
    claim = take(pair.pk, worker)
    assert claim is not None

    assert claims.release(claim)

    again = take(pair.pk, worker)
    assert again is not None
    assert (again.attempt, again.tries) == (2, 1)


def test_a_claim_that_was_reclaimed_can_neither_be_retried_later_nor_released() -> None:
    pair, worker = PairFactory.create(), WorkerFactory.create()
    old = take(pair.pk, worker)
    assert old is not None
    claims.release(old)
    take(pair.pk, worker)

    assert not claims.retry_later(old, seconds=60)
    assert not claims.release(old)
    assert not claims.holds(old)
    pair.refresh_from_db()
    assert (pair.status, pair.attempt) == (PairStatus.PROCESSING, 2)
