"""Counts over everything, for whoever wants to see how it goes at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Q

from certification.models import CertificationJob, JobCertification
from certification.states import OPEN_PAIR, PairStatus

from .circuit_breakers import open_circuits
from .counting import counts
from .dead_letters import search_dead_letters
from .standings import certifiable_standings
from .workers import live_workers


@dataclass(frozen=True)
class Statistics:
    """Counts by status, of standings those that the matrix shows; dead letters that wait for an
    answer; scores from 0 to 100 and latency in ms, both of standings with a verdict."""

    jobs: dict[str, int]
    certifications: dict[str, int]
    verdicts: dict[str, int]
    queue: dict[str, int]
    regions: list[Mapping[str, Any]]
    workers: int
    stale: int
    shut_regions: int
    dead_letters: int
    average_score: float | None
    average_latency_ms: float | None


def statistics() -> Statistics:
    """Ten queries; none of them looks at ended pairs, so history does not slow it down."""
    standings = certifiable_standings()
    judged = standings.filter(passed__isnull=False)
    whole = judged.aggregate(score=Avg("score"), latency=Avg("latency_ms"))
    return Statistics(
        jobs=counts(CertificationJob.objects.all()),
        certifications=counts(standings),
        verdicts=counts(standings.exclude(verdict=""), "verdict"),
        queue=counts(JobCertification.objects.filter(status__in=OPEN_PAIR), of=OPEN_PAIR),
        regions=[
            *standings.order_by("region_id")
            .values("region_id")
            .annotate(
                total=Count("pk"),
                passes=Count("pk", filter=Q(passed=True)),
                failures=Count("pk", filter=Q(passed=False)),
                unsupported=Count("pk", filter=Q(verdict=PairStatus.UNSUPPORTED)),
                inconclusive=Count("pk", filter=Q(verdict=PairStatus.INCONCLUSIVE)),
                average=Avg("score"),
            )
        ],
        workers=live_workers().count(),
        stale=standings.exclude(stale_reason="").count(),
        shut_regions=open_circuits(),
        dead_letters=search_dead_letters().count(),
        average_score=whole["score"],
        average_latency_ms=whole["latency"],
    )
