"""Statistics over all jobs, standings, regions and workers, for the overview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Q

from certification.models import CertificationJob, JobCertification
from certification.states import OPEN_PAIR, PairStatus

from . import circuit_breakers, dead_letters, standings, workers
from .counting import counts
from .shown_standings import as_shown


@dataclass(frozen=True)
class Statistics:
    """Figures of the averages deployment.

    jobs, certifications, queue: counts by status; `certifications` are the matrix's standings
    verdicts:           the same standings by last verdict
    dead_letters:       those still OPEN or REQUEUED
    average_score:      0 to 100, over the standings that passed or failed
    average_latency_ms: ms, over the same standings
    """

    jobs: dict[str, int]
    certifications: dict[str, int]
    verdicts: dict[str, int]
    queue: dict[str, int]
    regions: list[Mapping[str, Any]]
    workers: int
    stale: int
    open_breakers: int
    dead_letters: int
    average_score: float | None
    average_latency_ms: float | None


def collect() -> Statistics:
    """Returns the statistics. Ten queries; none reads ended pairs, so their cost does not grow with
    history."""
    shown = as_shown(standings.certifiable())
    judged = shown.filter(passed__isnull=False)
    averages = judged.aggregate(score=Avg("score"), latency=Avg("latency_ms"))
    return Statistics(
        jobs=counts(CertificationJob.objects.all()),
        certifications=counts(shown, "shown_status"),
        verdicts=counts(shown.exclude(verdict=""), "verdict"),
        queue=counts(JobCertification.objects.filter(status__in=OPEN_PAIR), including=OPEN_PAIR),
        regions=[
            *shown.order_by("region_id")
            .values("region_id")
            .annotate(
                total=Count("pk"),
                passes=Count("pk", filter=Q(passed=True)),
                failures=Count("pk", filter=Q(passed=False)),
                unsupported=Count("pk", filter=Q(verdict=PairStatus.UNSUPPORTED)),
                blocked=Count("pk", filter=Q(verdict=PairStatus.BLOCKED)),
                inconclusive=Count("pk", filter=Q(verdict=PairStatus.INCONCLUSIVE)),
                average=Avg("score"),
            )
        ],
        workers=workers.live().count(),
        stale=shown.exclude(shown_stale_reason="").count(),
        open_breakers=circuit_breakers.open_count(),
        dead_letters=dead_letters.unanswered().count(),
        average_score=averages["score"],
        average_latency_ms=averages["latency"],
    )
