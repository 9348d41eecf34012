"""Present totals of jobs, dead letters and standings, for the metrics."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q

from certification.models import CertificationJob, DeadLetter
from certification.states import OPEN_JOB, UNANSWERED_DEAD_LETTER

from . import standings
from .counting import counts


@dataclass(frozen=True)
class Totals:
    """Numbers of rows.

    jobs:         open jobs by status
    dead_letters: OPEN and REQUEUED ones by status
    standings:    the matrix's standings by (region, last verdict)
    stale:        those of them that are stale, by region
    """

    jobs: dict[str, int]
    dead_letters: dict[str, int]
    standings: dict[tuple[str, str], int]
    stale: Counter[str]


def count() -> Totals:
    """Returns the totals. Three queries, whose cost does not grow with history."""
    jobs = counts(CertificationJob.objects.filter(status__in=OPEN_JOB), including=OPEN_JOB)
    dead_letters = counts(
        DeadLetter.objects.filter(status__in=UNANSWERED_DEAD_LETTER),
        including=UNANSWERED_DEAD_LETTER,
    )
    by_verdict: dict[tuple[str, str], int] = {}
    stale: Counter[str] = Counter()
    for region, verdict, number, stale_number in (
        standings.certifiable()
        .exclude(verdict="")
        .order_by()
        .values_list("region_id", "verdict")
        .annotate(number=Count("pk"), stale_number=Count("pk", filter=~Q(stale_reason="")))
    ):
        by_verdict[region, verdict] = number
        stale[region] += stale_number
    return Totals(jobs, dead_letters, by_verdict, stale)
