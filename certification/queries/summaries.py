"""The matrix seen from one side: how a model stands over regions, or a region over models."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from certification.models import ModelCertification
from certification.states import STALE
from models_registry.models import Region

from .comparison import By, percentile
from .standings import COMPLETED, COMPLETED_MEANS

# A page has hundreds of them, and whole models and regions beside each would be most of its time.
LEAN = (
    "status",
    "verdict",
    "passed",
    "score",
    "grade",
    "latency_ms",
    "ttft_ms",
    "tokens_per_second",
    "cost",
    "stale_reason",
    "simulated",
    "proved",
    "completed_at",
    "certification_id",
    "model__name",
    "model__vendor",
    "model__api_model_id",
    "model__capabilities",
    "model__is_active",
    "model__provider__is_certifiable",
    "region__name",
    "region__name_pt",
)


class Judged(Protocol):
    """What a summary is made of."""

    @property
    def verdict(self) -> str: ...
    @property
    def passed(self) -> bool | None: ...
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
    """Standings in a few figures.

    verdicts:   how many there are of each; a pair without a verdict is in none
    score:      the mean, 0 to 100, and
    latency_ms: the median, both over the pairs that passed or failed
    last:       when the newest verdict was reached
    """

    verdicts: Mapping[str, int]
    stale: int = 0
    score: float | None = None
    latency_ms: int | None = None
    last: datetime | None = None


NOTHING = Summary({})


def summary(rows: Iterable[Judged]) -> Summary:
    rows = list(rows)
    judged = [row for row in rows if row.passed is not None]
    scores = [row.score for row in judged if row.score is not None]
    return Summary(
        verdicts=Counter(row.verdict for row in rows if row.verdict),
        stale=sum(bool(row.stale_reason) for row in rows),
        score=statistics.fmean(scores) if scores else None,
        latency_ms=percentile([row.latency_ms for row in judged if row.latency_ms is not None], 50),
        last=max((row.completed_at for row in rows if row.completed_at), default=None),
    )


def summaries(by: By) -> dict[str, Summary]:
    """By the model's UUID or the region's code; what has no standing is left out. One query."""
    key = "model_id" if by == "models" else "region_id"
    fields = ("verdict", "passed", "stale_reason", "score", "latency_ms", "completed_at")
    grouped: dict[str, list[Judged]] = {}
    for row in ModelCertification.objects.order_by().values_list(key, *fields, named=True):
        grouped.setdefault(str(getattr(row, key)), []).append(row)
    return {name: summary(rows) for name, rows in grouped.items()}


def standings_of(
    *, models: Sequence[UUID] = (), regions: Sequence[str] = ()
) -> list[ModelCertification]:
    """Standings of some models, or in some regions, with both beside them, all by the fields of
    LEAN; by vendor, model and region. One query."""
    rows = ModelCertification.objects.select_related("model__provider", "region").only(*LEAN)
    rows = rows.filter(model__in=models) if models else rows.filter(region__in=regions)
    return list(rows.order_by("model__vendor", "model__name", "region_id"))


def fits(
    standing: ModelCertification, *, vendor: str = "", search: str = "", verdict: str = ""
) -> bool:
    """Whether a standing is of the vendor, has `search` in its model's name or API id, and has the
    verdict, STALE and COMPLETED included."""
    model = standing.model
    words = search.casefold()
    return (
        (not vendor or model.vendor == vendor)
        and (words in model.name.casefold() or words in model.api_model_id.casefold())
        and (not verdict or _has(standing, verdict))
    )


def region_called(code: str) -> Region | None:
    """Also one in which nobody may certify now."""
    return Region.objects.filter(pk=code).first()


def _has(standing: ModelCertification, verdict: str) -> bool:
    if verdict == STALE:
        return bool(standing.stale_reason)
    if verdict == COMPLETED:
        return standing.verdict in COMPLETED_MEANS
    return standing.verdict == verdict
