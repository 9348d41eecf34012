"""How many of what there are at this moment, for whoever watches from outside."""

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
    """Jobs that have not ended and letters that wait, by status; standings that the matrix shows,
    by region and last verdict; stale ones by region."""

    jobs: dict[str, int]
    dead_letters: dict[str, int]
    standings: dict[tuple[str, str], int]
    stale: Counter[str]


def count() -> Totals:
    """Three queries, whose cost does not grow with what has ended."""
    jobs = counts(CertificationJob.objects.filter(status__in=OPEN_JOB), of=OPEN_JOB)
    dead_letters = counts(
        DeadLetter.objects.filter(status__in=UNANSWERED_DEAD_LETTER), of=UNANSWERED_DEAD_LETTER
    )
    by_verdict: dict[tuple[str, str], int] = {}
    stale: Counter[str] = Counter()
    for region, verdict, number, old in (
        standings.certifiable()
        .exclude(verdict="")
        .order_by()
        .values_list("region_id", "verdict")
        .annotate(number=Count("pk"), old=Count("pk", filter=~Q(stale_reason="")))
    ):
        by_verdict[region, verdict] = number
        stale[region] += old
    return Totals(jobs, dead_letters, by_verdict, stale)
