"""How certifications went lately: week by week, and what got worse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import (
    Case,
    Count,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from certification.models import JobCertification, ModelCertification
from certification.states import PairStatus, StandingStatus

WEEKS = 8
REGRESSIONS = 20
JUDGED = (PairStatus.PASSED, PairStatus.FAILED)
# Latencies are grouped in the database, so that what comes back does not grow with history.
BUCKET_MS = 10


@dataclass
class Week:
    """Seven days from `start`, over the certifications that came to a verdict in them.

    The latency is the median of the pairs' own medians, ms, to the nearest 10.
    """

    start: datetime
    passed: int = 0
    failed: int = 0
    _latencies: dict[int, int] = field(default_factory=dict)

    @property
    def judged(self) -> int:
        return self.passed + self.failed

    @property
    def pass_rate(self) -> float | None:
        """0 to 100; None where nothing was judged."""
        return 100 * self.passed / self.judged if self.judged else None

    @property
    def latency_ms(self) -> int | None:
        half = sum(self._latencies.values()) / 2
        seen = 0
        for bucket in sorted(self._latencies):
            seen += self._latencies[bucket]
            if seen >= half:
                return bucket * BUCKET_MS
        return None

    def add(self, status: str, bucket: int | None, number: int) -> None:
        if status == PairStatus.PASSED:
            self.passed += number
        else:
            self.failed += number
        if bucket is not None:
            self._latencies[bucket] = self._latencies.get(bucket, 0) + number


def weekly(now: datetime) -> Sequence[Week]:
    """The last eight times seven days, oldest first, in one query.

    Jobs opened before them are left out even if a pair of theirs ended since: only the jobs have
    an index on time, and without it the whole history would be read.
    """
    weeks = [Week(now - timedelta(weeks=back)) for back in range(WEEKS, 0, -1)]
    newest_first = reversed(list(enumerate(weeks)))
    place = Case(
        *(When(completed_at__gte=week.start, then=Value(n)) for n, week in newest_first),
        output_field=IntegerField(),
    )
    rows = (
        JobCertification.objects.filter(
            job__created_at__gte=weeks[0].start,
            completed_at__gte=weeks[0].start,
            completed_at__lte=now,
            status__in=JUDGED,
        )
        .order_by()
        .annotate(place=place, bucket=(F("latency_ms") + BUCKET_MS // 2) / BUCKET_MS)
        .values_list("place", "status", "bucket")
        .annotate(number=Count("pk"))
    )
    for place_of, status, bucket, number in rows:
        weeks[place_of].add(status, bucket, number)
    return weeks


def regressions(since: datetime) -> QuerySet[ModelCertification]:
    """Standings whose newest verdict is worse than the one before it, newest first; at most 20.

    Each has `previous_status` and `previous_score`. A pass under the threshold counts as worse
    than one above it only under the same suite, since other scores cannot be compared. One query
    over the standings, with a look at each one's history by its index.
    """
    before = (
        JobCertification.objects.filter(
            model=OuterRef("model"),
            region=OuterRef("region"),
            status__in=JUDGED,
            completed_at__lt=OuterRef("completed_at"),
        )
        # SQLite compares moments as texts, and its own have fewer digits than Python's: the
        # standing's record would pass for an earlier one.
        .exclude(pk=OuterRef("certification"))
        .order_by("-completed_at")
    )
    enough = settings.CERTIFICATION_PASS_SCORE
    return (
        ModelCertification.objects.filter(
            completed_at__gte=since,
            certification__isnull=False,
            verdict__in=(StandingStatus.FAILED, StandingStatus.QUALITY_WARNING),
        )
        .annotate(
            previous_status=Subquery(before.values("status")[:1]),
            previous_score=Subquery(before.values("score")[:1], output_field=FloatField()),
            previous_suite=Subquery(before.values("suite_version")[:1]),
        )
        .filter(previous_status=PairStatus.PASSED)
        .filter(
            Q(verdict=StandingStatus.FAILED)
            | Q(previous_score__gte=enough, previous_suite=F("suite_version"))
        )
        .select_related("model")
        .defer("test_results", "proved", "model__capabilities")
        .order_by("-completed_at", "pk")[:REGRESSIONS]
    )
