"""Concurrent calls, on real connections: exactly one of them takes effect."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection

from certification import queries
from certification.engine import Category, Verdict
from certification.engine.errors import UNLIMITED
from certification.errors import JobStateConflict, NothingToRequeue
from certification.jobs import lifecycle, opening, reopening, schedules
from certification.models import CertificationJob, DeadLetter, JobCertification, ModelCertification
from certification.states import JobStatus, PairStatus
from certification.worker import recording
from tests.factories.certification import WorkerFactory, offered, result, take

from .test_schedules import NOON, a_schedule, certified

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CALLERS = 8
T = TypeVar("T")


def all_at_once(call: Callable[[int], T]) -> list[T]:
    start = Barrier(CALLERS)

    def one(n: int) -> T:
        try:
            start.wait(60)
            return call(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(one, range(CALLERS)))


def test_one_of_many_claims_a_pair() -> None:
    pair = opening.open_for_models(*offered()).job.certifications.get()
    workers = [WorkerFactory.create() for _ in range(CALLERS)]

    claims = all_at_once(lambda n: take(pair.pk, workers[n]))

    assert len([claim for claim in claims if claim]) == 1
    pair.refresh_from_db()
    assert pair.attempt == 1


def test_one_of_many_cancels_a_job() -> None:
    job = opening.open_for_models(*offered(models=3)).job

    def cancel(_n: int) -> bool:
        try:
            lifecycle.cancel(job.pk)
        except JobStateConflict:
            return False
        return True

    assert sum(all_at_once(cancel)) == 1
    assert queries.jobs.get(job.pk).cancelled_count == 3


def test_one_of_many_requeues_a_dead_letter() -> None:
    pair = opening.open_for_models(*offered()).job.certifications.get()
    claim = take(pair.pk)
    assert claim
    recording.record(
        claim, result(Verdict.INCONCLUSIVE, None, Category.THROTTLED, retries=UNLIMITED)
    )
    dead_letter = DeadLetter.objects.get()

    def requeue(_n: int) -> bool:
        try:
            reopening.requeue([dead_letter.pk])
        except NothingToRequeue:
            return False
        return True

    assert sum(all_at_once(requeue)) == 1
    assert JobCertification.objects.filter(status=PairStatus.PENDING).count() == 1


def test_two_jobs_over_the_same_pairs_leave_one_standing_each_that_of_the_newest_record() -> None:
    models, regions = offered(models=4)
    worker = WorkerFactory.create()
    opened = [opening.open_for_models(models, regions).job for _ in range(2)]
    claims = [
        claim
        for job in opened
        for pair in job.certifications.all()
        if (claim := take(pair.pk, worker))
    ]
    assert len(claims) == CALLERS

    all_at_once(lambda n: recording.record(claims[n], result(score=float(70 + n))))

    assert {queries.jobs.get(job.pk).status for job in opened} == {JobStatus.COMPLETED}
    standings = ModelCertification.objects.select_related("certification")
    assert len(standings) == 4
    for standing in standings:
        records = [job.certifications.get(model=standing.model_id) for job in opened]
        newest = max(pair.completed_at or pair.created_at for pair in records)
        # Both, if they ended at one moment.
        shown = [pair for pair in records if pair.completed_at == newest]
        assert (standing.certification, standing.score) in [(pair, pair.score) for pair in shown]
        assert standing.status == "CERTIFIED"


def test_jobs_over_the_same_pairs_can_be_opened_at_the_same_time() -> None:
    models, regions = offered(models=5, regions=2)

    opened = all_at_once(lambda _n: opening.open_for_models(models, regions).job)

    assert sum(job.certifications.count() for job in opened) == CALLERS * 10
    assert ModelCertification.objects.count() == 10


def test_the_last_two_records_close_a_job_once() -> None:
    job = opening.open_for_models(*offered(models=CALLERS)).job
    worker = WorkerFactory.create()
    claims = [take(pair.pk, worker) for pair in job.certifications.all()]

    def record(n: int) -> bool:
        claim = claims[n]
        assert claim is not None
        return recording.record(claim, result())

    assert all(all_at_once(record))
    job = queries.jobs.get(job.pk)
    assert (job.status, job.success_count) == (JobStatus.COMPLETED, CALLERS)
    assert not job.certifications.exclude(status=PairStatus.PASSED).exists()


def test_ten_rounds_opened_by_two_processes_open_each_due_pair_once_a_round() -> None:
    a_schedule(every_hours=1, valid_days=1)
    for _ in range(4):
        certified(40)
    holds = certified(0)

    for number in range(10):
        now = NOON + timedelta(hours=number)
        both = Barrier(2)

        def open_due(now: datetime = now, both: Barrier = both) -> None:
            both.wait()
            schedules.open_due(now)
            connection.close()

        threads = [threading.Thread(target=open_due) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert JobCertification.objects.filter(job__completed_at=None).count() == 4
        # Each is certified, and then made too old for the next round.
        for job in CertificationJob.objects.filter(completed_at=None):
            for pair in job.certifications.all():
                claim = take(pair.pk)
                assert claim is not None
                recording.record(claim, result())
        ModelCertification.objects.exclude(pk=holds.pk).update(
            completed_at=NOON - timedelta(days=3)
        )

    assert CertificationJob.objects.count() == 10
    assert not JobCertification.objects.filter(model=holds.model, region=holds.region).exists()
