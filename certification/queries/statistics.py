"""Counts over everything, for whoever wants to see how it goes at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Q

from certification.models import CertificationJob, JobCertification
from certification.states import OPEN_PAIR, PairStatus

from . import circuit_breakers, dead_letters, standings, workers
from .counting import counts


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
    open_breakers: int
    dead_letters: int
    average_score: float | None
    average_latency_ms: float | None


def collect() -> Statistics:
    """Ten queries; none of them looks at ended pairs, so history does not slow it down."""
    shown = standings.certifiable()
    judged = shown.filter(passed__isnull=False)
    whole = judged.aggregate(score=Avg("score"), latency=Avg("latency_ms"))
    return Statistics(
        jobs=counts(CertificationJob.objects.all()),
        certifications=counts(shown),
        verdicts=counts(shown.exclude(verdict=""), "verdict"),
        queue=counts(JobCertification.objects.filter(status__in=OPEN_PAIR), of=OPEN_PAIR),
        regions=[
            *shown.order_by("region_id")
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
        workers=workers.live().count(),
        stale=shown.exclude(stale_reason="").count(),
        open_breakers=circuit_breakers.open_count(),
        dead_letters=dead_letters.search().count(),
        average_score=whole["score"],
        average_latency_ms=whole["latency"],
    )
