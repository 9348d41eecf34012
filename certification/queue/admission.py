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
from certification.models import CertificationJob, JobCertification, RegionGate
from certification.states import PairStatus

from . import broker

logger = logging.getLogger(__name__)

# Rows that one round rings again; the next round goes on.
BATCH = 2_000
# Jobs that share out the places of one feed; those that are left have the fewest next time.
JOBS_A_FEED = 16
LEAST_IN_QUEUE = 32


def announce(job: CertificationJob) -> None:
    """Says with one message, once the rows are there for others to see, that there is work. A
    broker that is away costs nothing but time: the next heartbeat of a worker rings for what
    waits."""

    def ring() -> None:
        try:
            broker.ring_job(job)
        except OperationalError as error:
            logger.warning("job %s was not announced, the reconciler will: %s", job.pk, error)

    transaction.on_commit(ring)


def feed() -> int:
    """Gives the free places to waiting pairs and rings for those; gives how many.

    One caller at a time, over all processes:

    1. the places: each region's limit, less what is rung or at work there; none where the region
       is shut, one for a probe where it is due; in all, no more than keep the workers busy
    2. the jobs with the fewest pairs in hand come first, and take turns
    3. mark what was chosen, commit, then ring; a broker that fails leaves it to `ring_again`
    """
    with transaction.atomic():
        locks.alone(locks.Lock.PLACES)
        places = _places()
        if places.in_all <= 0:
            return 0
        chosen = _choose(places)
        if not chosen:
            return 0
        waiting().filter(pk__in=chosen).update(status=PairStatus.QUEUED, rung_at=Now())
    broker.ring_pairs(chosen)
    return len(chosen)


def ring_again() -> int:
    """Rings once more for rows whose messages were lost: they wait, and the queue is empty or has
    gone on to what was rung well after them."""
    silence = timedelta(seconds=settings.RING_AGAIN_AFTER_SECONDS)
    long_ago = JobCertification.objects.filter(
        Exists(running_job()), status=PairStatus.QUEUED, rung_at__lt=Now() - silence
    )
    ids = list(long_ago.values_list("pk", flat=True)[:BATCH])
    if ids and broker.waiting_messages():
        at_work = JobCertification.objects.filter(status=PairStatus.PROCESSING)
        newest = at_work.aggregate(newest=Max("rung_at"))["newest"]
        passed_over = long_ago.filter(rung_at__lt=newest - silence) if newest else long_ago.none()
        ids = list(passed_over.values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    with transaction.atomic():
        locks.alone(locks.Lock.PLACES)
        long_ago.filter(pk__in=ids).update(rung_at=Now())
    broker.ring_pairs(ids)
    return len(ids)


def unring(pairs: QuerySet[JobCertification]) -> None:
    """Takes the places of rung pairs back, for others to have; their messages find nothing to
    claim. Within the caller's transaction."""
    locks.alone(locks.Lock.PLACES)
    pairs.filter(status=PairStatus.QUEUED).update(status=PairStatus.PENDING, rung_at=None)


def waiting() -> QuerySet[JobCertification]:
    """Pairs of running jobs that have no place."""
    return JobCertification.objects.filter(Exists(running_job()), status=PairStatus.PENDING)


def running_job() -> QuerySet[CertificationJob]:
    """Of a pair in an outer query, if it runs."""
    return queries.jobs.running().filter(pk=OuterRef("job"))


@dataclass
class _Places:
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


def _places() -> _Places:
    ordinary = settings.CERTIFICATION_REGION_CONCURRENCY
    rung = Q(Exists(running_job()), status=PairStatus.QUEUED)
    taken = (
        JobCertification.objects.filter(rung | Q(status=PairStatus.PROCESSING))
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
    gates = RegionGate.objects.annotate(may_be_tried=Q(retry_at__lte=Now()))
    for gate in gates:
        if gate.opened_at is None:
            limits[gate.pk] = gate.limit or ordinary
        else:
            limits[gate.pk] = 1 if gate.may_be_tried else 0
    free = {region: limit - in_regions[region] for region, limit in limits.items()}
    return _Places(_wanted_in_queue() - queued, ordinary, free, in_hand)


def _wanted_in_queue() -> int:
    """Enough that no worker waits for a message between two feeds, and no more."""
    alive = queries.workers.live().aggregate(pairs=Sum("concurrency"))["pairs"] or 0
    return max(LEAST_IN_QUEUE, 2 * alive)


def _choose(places: _Places) -> list[UUID]:
    due = waiting().filter(due_at__lte=Now())
    jobs = queries.jobs.running().filter(Exists(due.filter(job=OuterRef("pk"))))
    by_age = list(jobs.order_by("created_at", "pk").values_list("pk", flat=True))
    in_turn = sorted(by_age, key=lambda job: places.in_hand[job])[:JOBS_A_FEED]
    found = [
        deque(
            due.filter(job=job)
            .exclude(region__in=places.full)
            .values_list("pk", "region_id")[: places.in_all]
        )
        for job in in_turn
    ]
    chosen = []
    while any(found) and places.in_all > 0:
        for pairs in found:
            while pairs:
                pair_id, region = pairs.popleft()
                if places.take(region):
                    chosen.append(pair_id)
                    break
    return chosen
