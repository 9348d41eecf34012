"""Claims pairs, lets them go, and takes back what lost workers held.

A row is the unit of work. A message only says "look at this row": one that is told twice finds
the row taken.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from certification import locks
from certification.models import CertificationJob, CircuitBreaker, JobCertification, Worker
from certification.observability import metrics
from certification.outcomes import standings
from certification.states import JobStatus, PairStatus, StandingStatus

from . import admission

logger = logging.getLogger(__name__)

# Rows that one round looks at; the next round goes on.
BATCH = 2_000


@dataclass(frozen=True)
class Claim:
    """A pair that this worker holds, under the number that fences its result.

    `tries` counts the attempts that count: this one, without those that were excused.
    """

    pair: JobCertification
    attempt: int
    tries: int


def claim(pair_id: UUID, worker: Worker) -> Claim | None:
    """Takes a pair that has a place; None if someone else has it, it has lost its place since its
    message was sent, or its job is not running.

    One conditional UPDATE decides who has it.
    """
    with transaction.atomic():
        changed = (
            JobCertification.objects.filter(pk=pair_id, status=PairStatus.QUEUED)
            .filter(Exists(admission.running_job()))
            .update(
                status=PairStatus.PROCESSING,
                attempt=F("attempt") + 1,
                worker=worker,
                started_at=Now(),
            )
        )
        if not changed:
            return None
        claimed = last_claim(pair_id)
        pair = claimed.pair
        standings.show(pair, StandingStatus.PROCESSING)
    if pair.job.status == JobStatus.QUEUED:
        CertificationJob.objects.filter(pk=pair.job_id, status=JobStatus.QUEUED).update(
            status=JobStatus.PROCESSING, started_at=pair.started_at
        )
    return claimed


def holds(claim: Claim) -> bool:
    """Whether the claim still stands and its job still wants it."""
    return held(claim).exclude(job__status=JobStatus.CANCELLED).exists()


def retry_later(claim: Claim, seconds: float) -> bool:
    """Lets a pair wait and be tried again; false if it was taken back meanwhile."""
    return _set_waiting(
        claim,
        due_at=Now() + timedelta(seconds=seconds),
        first_error_at=Coalesce("first_error_at", Now()),
    )


def wait_for_region(claim: Claim, seconds: float) -> bool:
    """Lets a pair wait for its region, which is shut; the attempt is excused."""
    return _set_waiting(claim, due_at=Now() + timedelta(seconds=seconds), excused=F("excused") + 1)


def release(claim: Claim) -> bool:
    """Gives a pair back untried, because this worker stops; the attempt is excused."""
    return _set_waiting(claim, excused=F("excused") + 1, due_at=Now())


def reclaim_lost(
    mine: Worker | None = None, in_hand: Collection[UUID] = (), *, judging: bool = True
) -> list[UUID]:
    """Frees the pairs of workers that are gone; gives those that may not be tried again.

    Gone is who signed off and, where the caller is in a position of `judging`, who is silent.
    A worker that knows what it has `in_hand` also frees what it has not, though its row says so:
    pairs whose task died of an error, such as a database that was away when it came to record.

    A pair whose worker is gone waits again, unless it has used up its attempts: then it may be
    what kills them, and the caller has to record that it was given up.
    """
    a_while_ago = Now() - timedelta(seconds=settings.WORKER_LOST_AFTER_SECONDS)
    gone = Q(stopped_at__isnull=False)
    lost = Worker.objects.filter(gone | Q(beat_at__lt=a_while_ago) if judging else gone)
    # A claim that was made a moment ago may not be in hand yet.
    dropped = Q(worker=mine, started_at__lt=a_while_ago) & ~Q(pk__in=list(in_hand))
    orphans = JobCertification.objects.filter(status=PairStatus.PROCESSING).filter(
        Q(worker=None) | Q(worker__in=lost) | (dropped if mine else Q(pk__in=()))
    )
    spent = Q(attempt__gte=F("excused") + 1 + settings.CERTIFICATION_MAX_RETRIES)
    with transaction.atomic():
        locks.alone(locks.Lock.ADMISSION)
        freed = orphans.exclude(spent).update(
            status=PairStatus.PENDING, worker=None, due_at=Now(), queued_at=None
        )
    if freed:
        metrics.reclaimed(freed)
        logger.warning("took back %d pairs of lost workers", freed)
    return list(orphans.filter(spent).values_list("pk", flat=True))


def waiting_too_long() -> list[UUID]:
    """Waiting pairs whose region has been shut for too long."""
    too_long = Now() - timedelta(seconds=settings.REGION_GIVE_UP_AFTER_SECONDS)
    open_too_long = CircuitBreaker.objects.filter(opened_at__lt=too_long).values("pk")
    return list(
        admission.waiting().filter(region__in=open_too_long).values_list("pk", flat=True)[:BATCH]
    )


def claim_to_close(pair_id: UUID) -> Claim | None:
    """Takes a waiting pair for nobody, to end it without a try; None if it no longer waits."""
    changed = JobCertification.objects.filter(pk=pair_id, status=PairStatus.PENDING).update(
        status=PairStatus.PROCESSING,
        attempt=F("attempt") + 1,
        excused=F("excused") + 1,
        worker=None,
        started_at=Now(),
    )
    return last_claim(pair_id) if changed else None


def last_claim(pair_id: UUID) -> Claim:
    """The claim that was made last on a pair, whether or not it stands."""
    pair = JobCertification.objects.select_related("job", "model__provider").get(pk=pair_id)
    return Claim(pair, attempt=pair.attempt, tries=pair.attempt - pair.excused)


def held(claim: Claim) -> QuerySet[JobCertification]:
    """The row, as long as the claim stands."""
    return JobCertification.objects.filter(
        pk=claim.pair.pk, status=PairStatus.PROCESSING, attempt=claim.attempt
    )


def _set_waiting(claim: Claim, **changes: object) -> bool:
    with transaction.atomic():
        changed = held(claim).update(
            status=PairStatus.PENDING, worker=None, queued_at=None, **changes
        )
        if changed:
            standings.show(claim.pair, StandingStatus.PENDING)
    return bool(changed)
