from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DataError
from django.db.models.functions import Now
from pytest_django import Settings

from certification import queries
from certification.engine import Category
from certification.engine.errors import CallError
from certification.jobs import lifecycle, opening
from certification.models import JobCertification, ModelCertification, Worker
from certification.queue import admission, claims
from certification.states import JobStatus, PairStatus
from certification.worker import heartbeat, reconciler, recording, run_pair
from certification.worker.activity import ACTIVITY
from tests.factories.certification import JobFactory, PairFactory, WorkerFactory, offered, take
from tests.integration.conftest import RecordedBroker

pytestmark = pytest.mark.django_db


class Unreachable:
    """A Bedrock that refuses every call for good."""

    endpoint = ""

    def _refuse(self, *_args: object) -> Any:
        raise CallError(Category.ACCESS, "no access")

    converse = converse_stream = invoke = _refuse


def silent_worker() -> Worker:
    return WorkerFactory.create(beat_at=Now() - timedelta(minutes=5))


def test_pairs_of_a_worker_that_stopped_beating_are_reclaimed_and_queued(
    queued: RecordedBroker,
) -> None:
    pair = PairFactory.create()
    take(pair.pk, silent_worker())

    reconciler.reconcile()

    pair.refresh_from_db()
    assert (pair.status, pair.worker) == (PairStatus.QUEUED, None)
    assert queued.pairs == [pair.pk]


def test_pairs_of_a_worker_that_signed_off_are_reclaimed_at_once() -> None:
    pair, worker = PairFactory.create(), WorkerFactory.create()
    take(pair.pk, worker)
    heartbeat.sign_off(worker)

    reconciler.reconcile()

    pair.refresh_from_db()
    assert pair.status == PairStatus.QUEUED


def test_pairs_of_a_live_worker_are_left() -> None:
    pair = PairFactory.create()
    take(pair.pk, WorkerFactory.create())

    reconciler.reconcile()

    pair.refresh_from_db()
    assert pair.status == PairStatus.PROCESSING


def test_a_pair_whose_task_died_of_an_error_is_reclaimed_by_its_own_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pair, worker = PairFactory.create(), WorkerFactory.create()

    def breaks(*_args: object) -> bool:
        raise DataError("a text with a NUL")

    monkeypatch.setattr(recording, "record", breaks)
    admission.admit()
    with pytest.raises(DataError):
        run_pair.run(pair.pk, worker, transport=Unreachable())
    reconciler.reconcile(worker)
    pair.refresh_from_db()
    assert pair.status == PairStatus.PROCESSING, "it may have been claimed a moment ago"

    JobCertification.objects.update(started_at=Now() - timedelta(minutes=1))
    reconciler.reconcile(worker)

    pair.refresh_from_db()
    assert pair.status == PairStatus.QUEUED


def test_a_pair_that_a_worker_is_still_at_work_on_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pair, worker = PairFactory.create(), WorkerFactory.create()
    take(pair.pk, worker)
    JobCertification.objects.update(started_at=Now() - timedelta(minutes=1))
    monkeypatch.setattr(ACTIVITY, "in_hand", lambda: frozenset({pair.pk}))

    reconciler.reconcile(worker)

    pair.refresh_from_db()
    assert pair.status == PairStatus.PROCESSING


def test_a_pair_whose_worker_row_is_gone_is_reclaimed() -> None:
    pair, worker = PairFactory.create(), WorkerFactory.create()
    take(pair.pk, worker)
    worker.delete()

    reconciler.reconcile()

    pair.refresh_from_db()
    assert pair.status == PairStatus.QUEUED


def test_a_pair_that_kills_its_worker_again_and_again_is_given_up(
    settings: Settings,
) -> None:
    settings.CERTIFICATION_MAX_RETRIES = 2
    job = opening.open_for_models(*offered()).job
    pair = job.certifications.get()

    for _attempt in range(3):
        assert take(pair.pk, silent_worker()) is not None
        reconciler.reconcile()

    pair.refresh_from_db()
    assert (pair.status, pair.error_category) == (PairStatus.INCONCLUSIVE, "WORKER_LOST")
    assert "3 attempts" in pair.error_message
    assert queries.jobs.get(job.pk).status == JobStatus.FAILED
    assert ModelCertification.objects.get().status == "INCONCLUSIVE"


def test_a_job_whose_message_was_lost_is_published(queued: RecordedBroker) -> None:
    pair = PairFactory.create()

    reconciler.reconcile()

    assert queued.pairs == [pair.pk]
    pair.refresh_from_db()
    assert (pair.status, pair.queued_at is not None) == (PairStatus.QUEUED, True)


def test_a_pair_that_is_to_be_retried_later_is_published_when_it_is_due(
    queued: RecordedBroker,
) -> None:
    pair = PairFactory.create(due_at=Now() + timedelta(hours=1))
    reconciler.reconcile()
    assert queued.pairs == []
    JobCertification.objects.update(due_at=Now())

    reconciler.reconcile()

    assert queued.pairs == [pair.pk]


def test_rows_whose_messages_were_lost_are_published_again(queued: RecordedBroker) -> None:
    pair = PairFactory.create(status=PairStatus.QUEUED, queued_at=Now() - timedelta(minutes=1))

    reconciler.reconcile()

    assert queued.pairs == [pair.pk]


def test_rows_are_not_published_again_while_messages_wait(queued: RecordedBroker) -> None:
    PairFactory.create(status=PairStatus.QUEUED, queued_at=Now() - timedelta(minutes=1))
    queued.depth = 1

    reconciler.reconcile()

    assert queued.pairs == []


def test_a_row_that_was_just_queued_is_given_time(queued: RecordedBroker) -> None:
    PairFactory.create(status=PairStatus.QUEUED, queued_at=Now())

    reconciler.reconcile()

    assert queued.pairs == []


@pytest.mark.parametrize("status", [JobStatus.PAUSED, JobStatus.CANCELLED])
def test_jobs_that_do_not_run_are_not_published(status: JobStatus, queued: RecordedBroker) -> None:
    PairFactory.create(job=JobFactory.create(status=status))

    reconciler.reconcile()

    assert queued.pairs == []


def test_a_job_that_a_crash_left_open_is_closed() -> None:
    pair = PairFactory.create(status=PairStatus.PASSED, completed_at=Now())

    reconciler.reconcile()

    assert queries.jobs.get(pair.job_id).status == JobStatus.COMPLETED


@pytest.mark.parametrize("back", ["to be retried later", "its worker died"])
def test_a_pair_that_comes_back_after_its_job_was_cancelled_is_cancelled(back: str) -> None:
    job = opening.open_for_models(*offered()).job
    claim = take(job.certifications.get().pk)
    assert claim is not None
    lifecycle.cancel(job.pk)
    if back == "to be retried later":
        assert claims.retry_later(claim, seconds=60)
    else:
        Worker.objects.update(beat_at=Now() - timedelta(minutes=5))

    reconciler.reconcile()

    job = queries.jobs.get(job.pk)
    assert (job.status, job.cancelled_count) == (JobStatus.CANCELLED, 1)
    assert job.completed_at is not None
    assert ModelCertification.objects.get().status == "CANCELLED"


def test_a_beat_keeps_a_worker_alive() -> None:
    worker = silent_worker()
    assert not queries.workers.live().exists()

    heartbeat.beat(worker)

    assert queries.workers.live().get() == worker


def test_a_worker_that_was_silent_itself_does_not_reclaim_from_others() -> None:
    pair = PairFactory.create()
    take(pair.pk, silent_worker())

    reconciler.reconcile(judging=False)

    pair.refresh_from_db()
    assert pair.status == PairStatus.PROCESSING


def test_a_row_whose_message_was_lost_in_a_moving_queue_is_published_again(
    queued: RecordedBroker, settings: Settings
) -> None:
    settings.REPUBLISH_AFTER_SECONDS = 15
    lost, behind = PairFactory.create(), PairFactory.create()
    queued_later = PairFactory.create()
    long_ago = Now() - timedelta(minutes=5)
    JobCertification.objects.filter(pk=lost.pk).update(status=PairStatus.QUEUED, queued_at=long_ago)
    take(queued_later.pk)
    JobCertification.objects.filter(pk=behind.pk).update(
        status=PairStatus.QUEUED, queued_at=Now() - timedelta(seconds=1)
    )
    queued.depth = 7

    assert admission.republish_lost() == 1

    assert queued.pairs == [lost.pk]


def test_a_row_in_a_slow_queue_is_not_published_again(queued: RecordedBroker) -> None:
    at_work, waits = PairFactory.create(), PairFactory.create()
    take(at_work.pk)
    JobCertification.objects.filter(pk=at_work.pk).update(queued_at=Now() - timedelta(minutes=6))
    JobCertification.objects.filter(pk=waits.pk).update(
        status=PairStatus.QUEUED, queued_at=Now() - timedelta(minutes=5)
    )
    queued.depth = 7

    assert admission.republish_lost() == 0
