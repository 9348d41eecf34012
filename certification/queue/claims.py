"""Claims pairs, releases them, and reclaims those of lost workers.

A row is the unit of work. A message only says "look at this row": one that is delivered twice finds
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
from certification.engine import Certification
from certification.models import CertificationJob, CircuitBreaker, JobCertification, Worker
from certification.models.verdict_fields import VERDICT_FIELDS
from certification.observability import metrics
from certification.outcomes import attempts, standings
from certification.states import AttemptOutcome, JobStatus, PairStatus, StandingStatus

from . import admission

logger = logging.getLogger(__name__)

# Rows that one round reads; the next round continues.
BATCH = 2_000


@dataclass(frozen=True)
class Claim:
    """A pair that this worker holds. `attempt` is the fencing token of its result; `tries` is the
    number of attempts, this one included, without the excused ones."""

    pair: JobCertification
    attempt: int
    tries: int


def claim(pair_id: UUID, worker: Worker) -> Claim | None:
    """Claims a queued pair; None if another worker has it, it has lost its slot since its message
    was published, or its job is not running.

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
            status=JobStatus.PROCESSING, started_at=pair.started_at, updated_at=Now()
        )
    return claimed


def holds(claim: Claim) -> bool:
    """Whether the claim still stands and its job was not cancelled."""
    return held(claim).exclude(job__status=JobStatus.CANCELLED).exists()


def retry_later(claim: Claim, seconds: float, certification: Certification | None = None) -> bool:
    """Makes a pair wait for `seconds` and be tried again; the attempt counts. False if the claim no
    longer stood."""
    return _set_waiting(
        claim,
        AttemptOutcome.RETRIED,
        certification,
        due_at=Now() + timedelta(seconds=seconds),
        first_error_at=Coalesce("first_error_at", Now()),
    )


def wait_for_region(
    claim: Claim, seconds: float, certification: Certification | None = None
) -> bool:
    """Makes a pair wait for `seconds` because its region's circuit is open; the attempt is
    excused. False if the claim no longer stood."""
    return _set_waiting(
        claim,
        AttemptOutcome.WAITED,
        certification,
        due_at=Now() + timedelta(seconds=seconds),
        excused=F("excused") + 1,
    )


def release(claim: Claim) -> bool:
    """Makes a pair wait again because this worker stops; the attempt is excused. False if the claim
    no longer stood."""
    return _set_waiting(claim, AttemptOutcome.RELEASED, excused=F("excused") + 1, due_at=Now())


def reclaim_lost(
    mine: Worker | None = None, in_hand: Collection[UUID] = (), *, judging: bool = True
) -> list[UUID]:
    """Makes the pairs of lost workers wait again. Returns the ids of those that have used up their
    attempts: such a pair may be what kills its workers, and the caller has to give it up.

    A worker is lost if it signed off or, while `judging`, if it has been silent for
    WORKER_LOST_AFTER_SECONDS. Pairs that are `mine` by their row but not `in_hand` are reclaimed
    too: their task died of an error, such as a database that was away when it tried to record.
    """
    a_while_ago = Now() - timedelta(seconds=settings.WORKER_LOST_AFTER_SECONDS)
    gone = Q(stopped_at__isnull=False)
    lost = Worker.objects.filter(gone | Q(beat_at__lt=a_while_ago) if judging else gone)
    # A claim that was made just now may not be in hand yet.
    dropped = Q(worker=mine, started_at__lt=a_while_ago) & ~Q(pk__in=list(in_hand))
    orphans = JobCertification.objects.filter(status=PairStatus.PROCESSING).filter(
        Q(worker=None) | Q(worker__in=lost) | (dropped if mine else Q(pk__in=()))
    )
    spent = Q(attempt__gte=F("excused") + 1 + settings.CERTIFICATION_MAX_RETRIES)
    with transaction.atomic():
        locks.acquire(locks.Lock.ADMISSION)
        held_by_lost = {pair.pk: pair for pair in orphans.exclude(spent).select_related("worker")}
        freed_now = JobCertification.objects.filter(pk__in=held_by_lost, status=PairStatus.PENDING)
        freed = orphans.filter(pk__in=held_by_lost).update(
            status=PairStatus.PENDING, worker=None, due_at=Now(), queued_at=None
        )
        # A worker that was thought lost may have recorded its result just before.
        reclaimed = freed_now.values_list("pk", flat=True) if freed else ()
        attempts.write_reclaimed(held_by_lost[pk] for pk in reclaimed)
    if freed:
        metrics.record_reclaimed(freed)
        logger.warning("reclaimed %d pairs of lost workers", freed)
    return list(orphans.filter(spent).values_list("pk", flat=True))


def waiting_too_long() -> list[UUID]:
    """Returns the ids of waiting pairs whose region's circuit has been open for longer than
    REGION_GIVE_UP_AFTER_SECONDS."""
    too_long = Now() - timedelta(seconds=settings.REGION_GIVE_UP_AFTER_SECONDS)
    open_too_long = CircuitBreaker.objects.filter(opened_at__lt=too_long).values("pk")
    return list(
        admission.waiting().filter(region__in=open_too_long).values_list("pk", flat=True)[:BATCH]
    )


def claim_to_close(pair_id: UUID) -> Claim | None:
    """Claims a waiting pair to end it without a try; None if it no longer waits."""
    changed = JobCertification.objects.filter(pk=pair_id, status=PairStatus.PENDING).update(
        status=PairStatus.PROCESSING,
        attempt=F("attempt") + 1,
        excused=F("excused") + 1,
        worker=None,
        started_at=Now(),
    )
    return last_claim(pair_id) if changed else None


# What a run does not read: most columns are there for its result, and a job's selection is long.
_NOT_NEEDED = (
    *(name for name in VERDICT_FIELDS if name != "started_at"),
    "job__model_ids",
    "job__regions",
)


def last_claim(pair_id: UUID) -> Claim:
    """The last claim on a pair, whether or not it still stands."""
    rows = JobCertification.objects.select_related("job", "model__provider", "worker")
    pair = rows.defer(*_NOT_NEEDED).get(pk=pair_id)
    return Claim(pair, attempt=pair.attempt, tries=pair.attempt - pair.excused)


def held(claim: Claim) -> QuerySet[JobCertification]:
    """The pair's row while the claim stands; no row afterwards."""
    return JobCertification.objects.filter(
        pk=claim.pair.pk, status=PairStatus.PROCESSING, attempt=claim.attempt
    )


def _set_waiting(
    claim: Claim,
    outcome: AttemptOutcome,
    certification: Certification | None = None,
    **changes: object,
) -> bool:
    with transaction.atomic():
        changed = held(claim).update(
            status=PairStatus.PENDING, worker=None, queued_at=None, **changes
        )
        if changed:
            attempts.write(claim.pair, claim.attempt, outcome, certification)
            standings.show(claim.pair, StandingStatus.PENDING)
    return bool(changed)
