"""Worker processes, and the pairs that wait for them."""

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
from .filters.workers import WorkerFilter
from .pages import Page, page_of


@dataclass(frozen=True)
class WorkerLine:
    """A worker with the time since its last heartbeat (`silence`) and its PROCESSING pairs."""

    worker: Worker
    state: WorkerState
    silence: timedelta
    pairs: list[JobCertification]


@dataclass(frozen=True)
class Backlog:
    """Pairs of running jobs that are not claimed yet.

    waiting, queued: numbers of pairs (PENDING, QUEUED)
    oldest:          time since the oldest of them was created
    """

    waiting: int
    queued: int
    oldest: timedelta | None
    oldest_job: UUID | None

    @property
    def total(self) -> int:
        return self.waiting + self.queued


def live() -> QuerySet[Worker]:
    """Returns the workers whose last heartbeat is recent enough (WORKER_LOST_AFTER_SECONDS)."""
    return Worker.objects.filter(stopped_at=None, beat_at__gte=_oldest_live_heartbeat())


def lines(state: str, number: int, size: int) -> Page[WorkerLine]:
    """Returns a page of workers in a state ("" for any), by state, then newest heartbeat first.

    Three queries.
    """
    workers = WorkerFilter.narrow(_with_states().annotate(now=Now()), {"state": state})
    page = page_of(workers.order_by("order", "-beat_at", "pk"), number, size)
    processing: dict[UUID | None, list[JobCertification]] = defaultdict(list)
    for pair in (
        JobCertification.objects.filter(status=PairStatus.PROCESSING, worker__in=page.items)
        .select_related("model")
        .order_by("model__name", "region_id")
    ):
        processing[pair.worker_id].append(pair)
    return page.map(lambda worker: _line(worker, processing[worker.pk]))


def counts_by_state() -> dict[str, int]:
    """Returns the number of workers by state. Workers without a heartbeat for a day have no row."""
    return counts(_with_states(), "state", including=WorkerState)


def backlog() -> Backlog:
    """Returns the backlog. Two queries."""
    waiting = JobCertification.objects.filter(status__in=WAITING_PAIR, job__in=jobs.running())
    number = counts(waiting, including=WAITING_PAIR)
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
    """Returns the time since the longest waiting QUEUED pair was published; 0 if there is none."""
    queued = (
        JobCertification.objects.filter(status=PairStatus.QUEUED, job__in=jobs.running())
        .annotate(now=Now())
        .order_by("queued_at")
        .values_list("now", "queued_at")
        .first()
    )
    return queued[0] - queued[1] if queued and queued[1] else timedelta(0)


def _with_states() -> QuerySet[Any]:
    alive = When(beat_at__gte=_oldest_live_heartbeat(), then=Value(WorkerState.ALIVE.value))
    stopped = When(stopped_at__isnull=False, then=Value(WorkerState.STOPPED.value))
    state = Case(stopped, alive, default=Value(WorkerState.LOST.value), output_field=CharField())
    return Worker.objects.annotate(
        state=state,
        order=Case(
            *(
                When(state=each.value, then=Value(position))
                for position, each in enumerate(WorkerState)
            )
        ),
    )


def _oldest_live_heartbeat() -> Any:
    return Now() - timedelta(seconds=settings.WORKER_LOST_AFTER_SECONDS)


def _line(worker: Any, pairs: list[JobCertification]) -> WorkerLine:
    silence = max(timedelta(0), worker.now - worker.beat_at)
    return WorkerLine(worker, WorkerState(worker.state), silence, pairs)
