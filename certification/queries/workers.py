"""Who carries the work out, and what waits for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, CharField, QuerySet, Value, When
from django.db.models.functions import Now

from certification.models import JobCertification, Worker
from certification.states import WAITING_PAIR, PairStatus, WorkerState

from . import jobs
from .counting import counts
from .pages import Page, page_of


@dataclass(frozen=True)
class WorkerLine:
    """`pairs` are those that it works on now; `silence` is the time since its last heartbeat."""

    worker: Worker
    state: WorkerState
    silence: timedelta
    pairs: list[JobCertification]


@dataclass(frozen=True)
class Backlog:
    """Pairs of running jobs that nobody has begun, by status, and how long the oldest waits."""

    waiting: int
    queued: int
    oldest: timedelta | None
    oldest_job: UUID | None

    @property
    def total(self) -> int:
        return self.waiting + self.queued


def live() -> QuerySet[Worker]:
    """Worker processes whose heart beats."""
    return Worker.objects.filter(stopped_at=None, beat_at__gte=_long_ago())


def lines(state: str, number: int, size: int) -> Page[WorkerLine]:
    """Those alive first, then the last to be heard of; "" for every state. Three queries."""
    workers = _with_states().annotate(now=Now())
    if state:
        workers = workers.filter(state=state)
    page = page_of(workers.order_by("order", "-beat_at", "pk"), number, size)
    in_hand: dict[UUID | None, list[JobCertification]] = defaultdict(list)
    for pair in (
        JobCertification.objects.filter(status=PairStatus.PROCESSING, worker__in=page.items)
        .select_related("model")
        .order_by("model__name", "region_id")
    ):
        in_hand[pair.worker_id].append(pair)
    return page.map(lambda worker: _line(worker, in_hand[worker.pk]))


def counts_by_state() -> dict[str, int]:
    """Worker processes by state; those silent for a day are forgotten."""
    return counts(_with_states(), "state", of=WorkerState)


def backlog() -> Backlog:
    """Two queries."""
    waiting = JobCertification.objects.filter(status__in=WAITING_PAIR, job__in=jobs.running())
    number = counts(waiting, of=WAITING_PAIR)
    oldest = (
        waiting.annotate(now=Now())
        .order_by("created_at")
        .values_list("now", "created_at", "job_id")
        .first()
    )
    return Backlog(
        waiting=number[PairStatus.PENDING],
        queued=number[PairStatus.QUEUED],
        oldest=max(timedelta(0), oldest[0] - oldest[1]) if oldest else None,
        oldest_job=oldest[2] if oldest else None,
    )


def longest_queued() -> timedelta:
    """How long the pair that has waited longest was rung for; nothing if none is."""
    queued = (
        JobCertification.objects.filter(status=PairStatus.QUEUED, job__in=jobs.running())
        .annotate(now=Now())
        .order_by("queued_at")
        .values_list("now", "queued_at")
        .first()
    )
    return queued[0] - queued[1] if queued and queued[1] else timedelta(0)


def _with_states() -> QuerySet[Any]:
    alive = When(beat_at__gte=_long_ago(), then=Value(WorkerState.ALIVE.value))
    stopped = When(stopped_at__isnull=False, then=Value(WorkerState.STOPPED.value))
    state = Case(stopped, alive, default=Value(WorkerState.LOST.value), output_field=CharField())
    return Worker.objects.annotate(
        state=state,
        order=Case(
            *(When(state=each.value, then=Value(place)) for place, each in enumerate(WorkerState))
        ),
    )


def _long_ago() -> Any:
    return Now() - timedelta(seconds=settings.WORKER_LOST_AFTER_SECONDS)


def _line(worker: Any, pairs: list[JobCertification]) -> WorkerLine:
    silence = max(timedelta(0), worker.now - worker.beat_at)
    return WorkerLine(worker, WorkerState(worker.state), silence, pairs)
