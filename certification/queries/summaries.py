"""Summaries of the standings of a model over all regions, or of a region over all models."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from certification.models import ModelCertification

from .comparison import Axis, percentile
from .shown_standings import as_shown, stale_reason_of


class VerdictRow(Protocol):
    """The fields of a standing that a summary reads."""

    @property
    def verdict(self) -> str: ...
    @property
    def passed(self) -> bool | None: ...
    @property
    def status(self) -> str: ...
    @property
    def stale_reason(self) -> str: ...
    @property
    def score(self) -> float | None: ...
    @property
    def latency_ms(self) -> int | None: ...
    @property
    def completed_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class Summary:
    """A summary of some standings.

    verdicts:   number of standings by verdict; standings without one are not counted
    stale:      number of stale standings
    score:      mean, 0 to 100, over the standings that passed or failed
    latency_ms: median, ms, over the same standings
    last:       time of the newest verdict
    """

    verdicts: Mapping[str, int]
    stale: int = 0
    score: float | None = None
    latency_ms: int | None = None
    last: datetime | None = None


EMPTY = Summary({})
SUMMARY_FIELDS = (
    "verdict",
    "passed",
    "status",
    "stale_reason",
    "shown_stale_reason",
    "score",
    "latency_ms",
    "completed_at",
)


def summary(rows: Iterable[VerdictRow]) -> Summary:
    rows = list(rows)
    judged = [row for row in rows if row.passed is not None]
    scores = [row.score for row in judged if row.score is not None]
    return Summary(
        verdicts=Counter(row.verdict for row in rows if row.verdict),
        stale=sum(bool(stale_reason_of(row)) for row in rows),
        score=statistics.fmean(scores) if scores else None,
        latency_ms=percentile([row.latency_ms for row in judged if row.latency_ms is not None], 50),
        last=max((row.completed_at for row in rows if row.completed_at), default=None),
    )


def by_axis(axis: Axis) -> dict[str, Summary]:
    """Returns a summary for each model (by UUID) or region (by code) that has a standing.

    One query.
    """
    key = "model_id" if axis == "models" else "region_id"
    grouped: dict[str, list[VerdictRow]] = {}
    rows = as_shown(ModelCertification.objects.order_by())
    for row in rows.values_list(key, *SUMMARY_FIELDS, named=True):
        grouped.setdefault(str(getattr(row, key)), []).append(row)
    return {name: summary(rows) for name, rows in grouped.items()}
