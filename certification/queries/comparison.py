"""Compares models, or regions, by the means and medians of their standings."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from certification.models import ModelCertification

Axis = Literal["models", "regions"]


@dataclass(frozen=True)
class ComparedSide:
    """The metrics of one model or one region, over its standings that passed or failed.

    score:               mean, 0 to 100
    latency_p50_ms, ttft_p50_ms: medians of the standings' medians, ms
    cost:                mean, USD per certification
    checks:              check id -> mean points, 0 to 1
    """

    id: str
    name: str
    certifications: int
    passed: int
    score: float | None
    latency_p50_ms: int | None
    ttft_p50_ms: int | None
    tokens_per_second: float | None
    cost: Decimal | None
    checks: dict[str, float]


@dataclass(frozen=True)
class Comparison:
    axis: Axis
    sides: Sequence[ComparedSide]
    # Ids of the checks whose mean points differ between the sides that ran them.
    differing: Sequence[str]


def compare(axis: Axis, names: dict[str, str], within: Sequence[str] = ()) -> Comparison:
    """Compares models (UUID -> name) or regions (code -> name). One query.

    `within` limits the other axis: region codes for models, model UUIDs for regions.
    """
    rows = ModelCertification.objects.filter(passed__isnull=False)
    compared, other = ("model", "region") if axis == "models" else ("region", "model")
    rows = rows.filter(**{f"{compared}__in": list(names)})
    if within:
        rows = rows.filter(**{f"{other}__in": within})
    grouped: dict[str, list[ModelCertification]] = {name: [] for name in names}
    for row in rows:
        grouped[str(row.model_id if axis == "models" else row.region_id)].append(row)
    sides = [_side(key, names[key], group) for key, group in grouped.items()]
    return Comparison(axis, sides, _differing_checks(sides))


def _side(key: str, name: str, rows: Sequence[ModelCertification]) -> ComparedSide:
    points: dict[str, list[float]] = {}
    for row in rows:
        for test in row.test_results:
            if test["status"] != "SKIPPED":
                points.setdefault(test["id"], []).append(test["points"])
    costs = [row.cost for row in rows if row.cost is not None]
    return ComparedSide(
        id=key,
        name=name,
        certifications=len(rows),
        passed=sum(bool(row.passed) for row in rows),
        score=_mean(row.score for row in rows),
        latency_p50_ms=percentile(
            [row.latency_ms for row in rows if row.latency_ms is not None], 50
        ),
        ttft_p50_ms=percentile([row.ttft_ms for row in rows if row.ttft_ms is not None], 50),
        tokens_per_second=_mean(row.tokens_per_second for row in rows),
        cost=sum(costs, Decimal(0)) / len(costs) if costs else None,
        checks={check: round(statistics.fmean(values), 4) for check, values in points.items()},
    )


def percentile(values: Sequence[int], percent: int) -> int | None:
    """Returns the nearest-rank percentile (no interpolation), or None if there are no values."""
    if not values:
        return None
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.fmean(known), 2) if known else None


def _differing_checks(sides: Sequence[ComparedSide]) -> list[str]:
    checks = sorted({check for side in sides for check in side.checks})
    return [
        check
        for check in checks
        if len({side.checks[check] for side in sides if check in side.checks}) > 1
    ]
