"""Results week by week, and standings that got worse."""

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
    JSONField,
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
NO_PASS = (StandingStatus.FAILED, StandingStatus.BLOCKED)
# Latencies are grouped by the database, so that the result does not grow with history.
BUCKET_MS = 10


@dataclass
class Week:
    """The certifications that passed or failed in the seven days from `start`.

    `latency_ms` is the median of the pairs' medians, to the nearest 10 ms.
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
        """Returns the percentage that passed (0 to 100), or None if none was judged."""
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
    """Returns the last WEEKS times seven days, oldest first. One query.

    Pairs that ended in these weeks but whose job was opened before them are not counted: only jobs
    have an index on time, and without it the whole history would be read.
    """
    weeks = [Week(now - timedelta(weeks=back)) for back in range(WEEKS, 0, -1)]
    newest_first = reversed(list(enumerate(weeks)))
    week_index = Case(
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
        .annotate(week_index=week_index, bucket=(F("latency_ms") + BUCKET_MS // 2) / BUCKET_MS)
        .values_list("week_index", "status", "bucket")
        .annotate(number=Count("pk"))
    )
    for index, status, bucket, number in rows:
        weeks[index].add(status, bucket, number)
    return weeks


def regressions(since: datetime) -> QuerySet[ModelCertification]:
    """Returns standings whose newest verdict is worse than the one before, newest first, at most
    REGRESSIONS.

    Each is annotated with `previous_status` and `previous_score`. A quality warning after a pass
    without one is a regression only under the same suite version, since other scores cannot be
    compared. One query, which reads the history of each standing by an index.
    """
    earlier = (
        JobCertification.objects.filter(
            model=OuterRef("model"),
            region=OuterRef("region"),
            status__in=JUDGED,
            completed_at__lt=OuterRef("completed_at"),
        )
        # SQLite compares times as text, and those that it wrote have fewer digits than Python's:
        # without this, the standing's own record would count as an earlier one.
        .exclude(pk=OuterRef("certification"))
        .order_by("-completed_at")
    )
    threshold = settings.CERTIFICATION_PASS_SCORE
    return (
        ModelCertification.objects.filter(
            completed_at__gte=since,
            certification__isnull=False,
            verdict__in=(*NO_PASS, StandingStatus.QUALITY_WARNING),
        )
        .annotate(
            previous_status=Subquery(earlier.values("status")[:1]),
            previous_score=Subquery(earlier.values("score")[:1], output_field=FloatField()),
            previous_suite=Subquery(earlier.values("suite_version")[:1]),
            previous_dead=Subquery(earlier.values("dead")[:1], output_field=JSONField()),
        )
        .filter(previous_status=PairStatus.PASSED)
        .filter(
            Q(verdict__in=NO_PASS)
            | Q(previous_score__gte=threshold, previous_dead=[], previous_suite=F("suite_version"))
        )
        .select_related("model")
        .defer("test_results", "proved", "model__capabilities")
        .order_by("-completed_at", "pk")[:REGRESSIONS]
    )
