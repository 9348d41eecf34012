"""Gives waiting pairs their places, and rings for those.

A pair is rung when it has a place: its region, the workers and the other jobs leave room for it.
So the queue is short, and what is opened now is begun now, whatever waits behind it.
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

# Rows that one round rings again; the next round goes on.
BATCH = 2_000
# Jobs that share out the places of one feed; those that are left have the fewest next time.
JOBS_PER_ROUND = 16
LEAST_IN_QUEUE = 32


def announce(job: CertificationJob) -> None:
    """Says with one message, once the rows are there for others to see, that there is work. A
    broker that is away costs nothing but time: the next heartbeat of a worker rings for what
    waits."""

    def publish() -> None:
        try:
            broker.publish_job(job)
        except OperationalError as error:
            logger.warning("job %s was not announced, the reconciler will: %s", job.pk, error)

    transaction.on_commit(publish)


def admit() -> int:
    """Gives the free places to waiting pairs and rings for those; gives how many.

    One caller at a time, over all processes:

    1. the places: each region's limit, less what is rung or at work there; none where the region
       is shut, one for a probe where it is due; in all, no more than keep the workers busy
    2. the jobs with the fewest pairs in hand come first, and take turns
    3. mark what was chosen, commit, then ring; a broker that fails leaves it to `republish_lost`
    """
    with transaction.atomic():
        locks.alone(locks.Lock.ADMISSION)
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
    """Rings once more for rows whose messages were lost: they wait, and the queue is empty or has
    gone on to what was rung well after them."""
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
        locks.alone(locks.Lock.ADMISSION)
        long_ago.filter(pk__in=ids).update(queued_at=Now())
    broker.publish_pairs(ids)
    return len(ids)


def withdraw(pairs: QuerySet[JobCertification]) -> None:
    """Takes the places of rung pairs back, for others to have; their messages find nothing to
    claim. Within the caller's transaction."""
    locks.alone(locks.Lock.ADMISSION)
    pairs.filter(status=PairStatus.QUEUED).update(status=PairStatus.PENDING, queued_at=None)


def waiting() -> QuerySet[JobCertification]:
    """Pairs of running jobs that have no place."""
    return JobCertification.objects.filter(Exists(running_job()), status=PairStatus.PENDING)


def running_job() -> QuerySet[CertificationJob]:
    """Of a pair in an outer query, if it runs."""
    return queries.jobs.running().filter(pk=OuterRef("job"))


@dataclass
class _Slots:
    """What is free: in all, and by region (a region that is not named has `ordinary` places).
    `in_hand` counts, by job, the pairs that have a place."""

    in_all: int
    ordinary: int
    by_region: dict[str, int]
    in_hand: Counter[UUID]

    def take(self, region: str) -> bool:
        free = self.by_region.get(region, self.ordinary)
        if self.in_all <= 0 or free <= 0:
            return False
        self.by_region[region] = free - 1
        self.in_all -= 1
        return True

    @property
    def full(self) -> list[str]:
        return [region for region, free in self.by_region.items() if free <= 0]


def _free_slots() -> _Slots:
    ordinary = settings.CERTIFICATION_REGION_CONCURRENCY
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
    limits = dict.fromkeys(in_regions, ordinary)
    breakers = CircuitBreaker.objects.annotate(may_be_tried=Q(retry_at__lte=Now()))
    for breaker in breakers:
        if breaker.opened_at is None:
            limits[breaker.pk] = breaker.limit or ordinary
        else:
            limits[breaker.pk] = 1 if breaker.may_be_tried else 0
    free = {region: limit - in_regions[region] for region, limit in limits.items()}
    return _Slots(_wanted_in_queue() - queued, ordinary, free, in_hand)


def _wanted_in_queue() -> int:
    """Enough that no worker waits for a message between two feeds, and no more."""
    alive = queries.workers.live().aggregate(pairs=Sum("concurrency"))["pairs"] or 0
    return max(LEAST_IN_QUEUE, 2 * alive)


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
