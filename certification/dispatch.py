"""Rings for pairs, claims them, and takes back what lost workers held.

A row is the unit of work. A message only says "look at this row": lost ones are rung again, and
one that is told twice finds the row taken.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from . import bell, standings
from .models import CertificationJob, JobCertification, Worker
from .states import CLAIMABLE_JOB, WAITING_PAIR, JobStatus, PairStatus, StandingStatus

logger = logging.getLogger(__name__)

# Rows that one round rings for; the next round goes on.
BATCH = 2_000


@dataclass(frozen=True)
class Claim:
    """A pair that this worker holds, under the number that fences its result.

    `tries` counts the attempts that count: this one, without those that were excused.
    """

    pair: JobCertification
    attempt: int
    tries: int


def announce(job: CertificationJob) -> None:
    """Rings for a whole job with one message. A broker that is away costs nothing but time: the
    reconciler rings for every row that nobody rang for."""
    try:
        bell.ring_job(job)
    except OperationalError as error:
        logger.warning("job %s was not announced, the reconciler will: %s", job.pk, error)


def fan_out(job_id: UUID) -> int:
    """Rings for every due pair of a job; gives how many."""
    return _ring(_due().filter(job=job_id), limit=None)


def claim(pair_id: UUID, worker: Worker) -> Claim | None:
    """Takes a waiting pair that is due; None if someone else has it, or its job is not running.

    One conditional UPDATE decides who has it.
    """
    running_job = CertificationJob.objects.filter(pk=OuterRef("job"), status__in=CLAIMABLE_JOB)
    with transaction.atomic():
        changed = (
            JobCertification.objects.filter(pk=pair_id, status__in=WAITING_PAIR, due_at__lte=Now())
            .filter(Exists(running_job))
            .update(
                status=PairStatus.PROCESSING,
                attempt=F("attempt") + 1,
                worker=worker,
                started_at=Now(),
            )
        )
        if not changed:
            return None
        pair = JobCertification.objects.select_related("job", "model__provider").get(pk=pair_id)
        standings.show(pair, StandingStatus.PROCESSING)
    if pair.job.status == JobStatus.QUEUED:
        CertificationJob.objects.filter(pk=pair.job_id, status=JobStatus.QUEUED).update(
            status=JobStatus.PROCESSING, started_at=pair.started_at
        )
    return Claim(pair, attempt=pair.attempt, tries=pair.attempt - pair.excused)


def holds(claim: Claim) -> bool:
    """Whether the claim still stands and its job still wants it."""
    return held(claim).exclude(job__status=JobStatus.CANCELLED).exists()


def put_off(claim: Claim, seconds: float) -> bool:
    """Lets a pair wait and be tried again; false if it was taken back meanwhile."""
    return _release(claim, due_at=Now() + timedelta(seconds=seconds))


def hand_back(claim: Claim) -> bool:
    """Gives a pair back untried, because this worker stops; the attempt is excused."""
    return _release(claim, excused=F("excused") + 1, due_at=Now())


def take_back(mine: Worker | None = None, in_hand: Collection[UUID] = ()) -> list[UUID]:
    """Frees the pairs of workers that stopped beating; gives those that may not be tried again.

    A worker that knows what it has `in_hand` also frees what it has not, though its row says so:
    pairs whose task died of an error, such as a database that was away when it came to record.

    A pair whose worker is gone waits again, unless it has used up its attempts: then it may be
    what kills them, and the caller has to record that it was given up.
    """
    lost = Worker.objects.filter(
        Q(stopped_at__isnull=False)
        | Q(beat_at__lt=Now() - timedelta(seconds=settings.WORKER_LOST_AFTER_SECONDS))
    )
    # A claim that was made a moment ago may not be in hand yet.
    a_while_ago = Now() - timedelta(seconds=settings.WORKER_LOST_AFTER_SECONDS)
    dropped = Q(worker=mine, started_at__lt=a_while_ago) & ~Q(pk__in=list(in_hand))
    orphans = JobCertification.objects.filter(status=PairStatus.PROCESSING).filter(
        Q(worker=None) | Q(worker__in=lost) | (dropped if mine else Q(pk__in=()))
    )
    spent = Q(attempt__gte=F("excused") + 1 + settings.CERTIFICATION_MAX_RETRIES)
    freed = orphans.exclude(spent).update(
        status=PairStatus.PENDING, worker=None, due_at=Now(), rung_at=None
    )
    if freed:
        logger.warning("took back %d pairs of lost workers", freed)
    return list(orphans.filter(spent).values_list("pk", flat=True))


def ring_due() -> int:
    """Rings for due rows that nobody rang for: put off, taken back, or never announced."""
    return _ring(_due().filter(status=PairStatus.PENDING), limit=BATCH)


def ring_again() -> int:
    """Rings once more for rows whose messages were lost: the queue is empty, and they wait."""
    silence = timedelta(seconds=settings.RING_AGAIN_AFTER_SECONDS)
    long_ago = _due().filter(status=PairStatus.QUEUED, rung_at__lt=Now() - silence)
    if not long_ago.exists() or bell.waiting_messages():
        return 0
    return _ring(long_ago, limit=BATCH)


def _due() -> QuerySet[JobCertification]:
    running_job = CertificationJob.objects.filter(pk=OuterRef("job"), status__in=CLAIMABLE_JOB)
    return JobCertification.objects.filter(
        Exists(running_job), status__in=WAITING_PAIR, due_at__lte=Now()
    )


def _ring(rows: QuerySet[JobCertification], limit: int | None) -> int:
    """Marks rows as rung, then rings; a broker that fails in the middle leaves them to
    `ring_again`."""
    ids = list(rows.order_by("due_at").values_list("pk", flat=True)[:limit])
    for some in _chunks(ids, 500):
        JobCertification.objects.filter(pk__in=some, status__in=WAITING_PAIR).update(
            status=PairStatus.QUEUED, rung_at=Now()
        )
        bell.ring_pairs(some)
    return len(ids)


def held(claim: Claim) -> QuerySet[JobCertification]:
    """The row, as long as the claim stands."""
    return JobCertification.objects.filter(
        pk=claim.pair.pk, status=PairStatus.PROCESSING, attempt=claim.attempt
    )


def _release(claim: Claim, **changes: object) -> bool:
    with transaction.atomic():
        changed = held(claim).update(
            status=PairStatus.PENDING, worker=None, rung_at=None, **changes
        )
        if changed:
            standings.show(claim.pair, StandingStatus.PENDING)
    return bool(changed)


def _chunks(ids: list[UUID], size: int) -> Iterable[list[UUID]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
