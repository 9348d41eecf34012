"""Admits waiting pairs to the queue: gives them slots, and publishes a message for each.

A pair is queued when its region's limit, the workers and the other jobs leave a slot for it. So the
queue is short, and a job that is opened now begins now, however many pairs wait in other jobs.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from certification import locks, queries
from certification.models import CertificationJob, CircuitBreaker, JobCertification
from certification.states import PairStatus

from . import broker

logger = logging.getLogger(__name__)

# Rows whose messages one round publishes again; the next round continues.
BATCH = 2_000
# Jobs that share the free slots of one round. The jobs left out have the fewest pairs in hand, so
# they are first in the next round.
JOBS_PER_ROUND = 16
MIN_QUEUE_LENGTH = 32


def announce(job: CertificationJob) -> None:
    """Publishes one message for a job after the commit, when others can see its rows.

    If the broker is away, the next reconciliation of any worker admits the pairs.
    """

    def publish() -> None:
        try:
            broker.publish_job(job)
        except OperationalError as error:
            logger.warning("job %s was not announced, the reconciler will: %s", job.pk, error)

    transaction.on_commit(publish)


def admit() -> int:
    """Queues waiting pairs in the free slots; returns how many.

    One caller at a time, over all processes:

    1. count the free slots: each region's limit, less its queued and running pairs; none while the
       region's circuit is open, one if a probe is due; in all, no more than keep the workers busy
    2. let jobs take turns, those with the fewest pairs in hand first
    3. mark the chosen pairs as queued, commit, then publish; if the broker fails, `republish_lost`
       publishes later
    """
    with transaction.atomic():
        locks.acquire(locks.Lock.ADMISSION)
        slots = _free_slots()
        if slots.in_all <= 0:
            return 0
        chosen = _choose(slots)
        if not chosen:
            return 0
        waiting().filter(pk__in=chosen).update(status=PairStatus.QUEUED, queued_at=Now())
    broker.publish_pairs(chosen)
    return len(chosen)


def republish_lost() -> int:
    """Publishes again for queued pairs whose messages were lost: they have waited for long, and the
    queue is empty or has moved on to pairs that were queued well after them. Returns how many."""
    silence = timedelta(seconds=settings.REPUBLISH_AFTER_SECONDS)
    long_ago = JobCertification.objects.filter(
        Exists(running_job()), status=PairStatus.QUEUED, queued_at__lt=Now() - silence
    )
    ids = list(long_ago.values_list("pk", flat=True)[:BATCH])
    if ids and broker.waiting_messages():
        at_work = JobCertification.objects.filter(status=PairStatus.PROCESSING)
        newest = at_work.aggregate(newest=Max("queued_at"))["newest"]
        passed_over = long_ago.filter(queued_at__lt=newest - silence) if newest else long_ago.none()
        ids = list(passed_over.values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    with transaction.atomic():
        locks.acquire(locks.Lock.ADMISSION)
        long_ago.filter(pk__in=ids).update(queued_at=Now())
    broker.publish_pairs(ids)
    return len(ids)


def withdraw(pairs: QuerySet[JobCertification]) -> None:
    """Makes queued pairs wait again, without slots; their messages find nothing to claim. Within
    the caller's transaction."""
    locks.acquire(locks.Lock.ADMISSION)
    pairs.filter(status=PairStatus.QUEUED).update(status=PairStatus.PENDING, queued_at=None)


def waiting() -> QuerySet[JobCertification]:
    """Pairs of running jobs that have no slot."""
    return JobCertification.objects.filter(Exists(running_job()), status=PairStatus.PENDING)


def running_job() -> QuerySet[CertificationJob]:
    """The job of a pair in an outer query, if the job is running."""
    return queries.jobs.running().filter(pk=OuterRef("job"))


@dataclass
class _Slots:
    """Free slots: in all, and by region (a region without an entry has `default` slots).
    `in_hand` counts, by job, the pairs that have a slot."""

    in_all: int
    default: int
    by_region: dict[str, int]
    in_hand: Counter[UUID]

    def take(self, region: str) -> bool:
        free = self.by_region.get(region, self.default)
        if self.in_all <= 0 or free <= 0:
            return False
        self.by_region[region] = free - 1
        self.in_all -= 1
        return True

    @property
    def full(self) -> list[str]:
        return [region for region, free in self.by_region.items() if free <= 0]


def _free_slots() -> _Slots:
    default = settings.CERTIFICATION_REGION_CONCURRENCY
    queued_pairs = Q(Exists(running_job()), status=PairStatus.QUEUED)
    taken = (
        JobCertification.objects.filter(queued_pairs | Q(status=PairStatus.PROCESSING))
        .order_by()
        .values_list("region_id", "job_id", "status")
        .annotate(pairs=Count("pk"))
    )
    in_regions: Counter[str] = Counter()
    in_hand: Counter[UUID] = Counter()
    queued = 0
    for region, job, status, pairs in taken:
        in_regions[region] += pairs
        in_hand[job] += pairs
        queued += pairs if status == PairStatus.QUEUED else 0
    limits = dict.fromkeys(in_regions, default)
    breakers = CircuitBreaker.objects.annotate(may_be_tried=Q(retry_at__lte=Now()))
    for breaker in breakers:
        if breaker.opened_at is None:
            limits[breaker.pk] = breaker.limit or default
        else:
            limits[breaker.pk] = 1 if breaker.may_be_tried else 0
    free = {region: limit - in_regions[region] for region, limit in limits.items()}
    return _Slots(_target_queue_length() - queued, default, free, in_hand)


def _target_queue_length() -> int:
    """Enough that no worker waits for a message between two rounds, and no more."""
    alive = queries.workers.live().aggregate(pairs=Sum("concurrency"))["pairs"] or 0
    return max(MIN_QUEUE_LENGTH, 2 * alive)


def _choose(slots: _Slots) -> list[UUID]:
    due = waiting().filter(due_at__lte=Now())
    jobs = queries.jobs.running().filter(Exists(due.filter(job=OuterRef("pk"))))
    by_age = list(jobs.order_by("created_at", "pk").values_list("pk", flat=True))
    in_turn = sorted(by_age, key=lambda job: slots.in_hand[job])[:JOBS_PER_ROUND]
    found = [
        deque(
            due.filter(job=job)
            .exclude(region__in=slots.full)
            .values_list("pk", "region_id")[: slots.in_all]
        )
        for job in in_turn
    ]
    chosen = []
    while any(found) and slots.in_all > 0:
        for pairs in found:
            while pairs:
                pair_id, region = pairs.popleft()
                if slots.take(region):
                    chosen.append(pair_id)
                    break
    return chosen
