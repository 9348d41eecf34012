"""The matrix: a row for each model, a column for each region, a standing in each cell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from certification.models import ModelCertification
from certification.states import STALE
from models_registry import queries as registry
from models_registry.models import AIModel, Region

from .filters.models import MatrixFilter
from .shown_standings import as_shown

CELL_FIELDS = (
    "status",
    "verdict",
    "passed",
    "score",
    "grade",
    "badge",
    "stale_reason",
    "simulated",
    "route_kind",
    "completed_at",
    "certification_id",
)

# What is read for them.
CELL_COLUMNS = tuple(
    f"shown_{name}" if name in ("status", "stale_reason") else name for name in CELL_FIELDS
)


@dataclass(frozen=True)
class Matrix:
    """`cells[model][region]` maps each name of CELL_FIELDS to its value. A pair that was never in a
    job has no cell."""

    models: Sequence[AIModel]
    regions: Sequence[Region]
    cells: dict[UUID, dict[str, dict[str, Any]]]


def read(
    *,
    vendor: str = "",
    kind: str = "",
    capability: str = "",
    search: str = "",
    regions: Sequence[str] = (),
    status: Collection[str] = (),
    verdict: str = "",
    route_kind: str = "",
) -> Matrix:
    """Returns the matrix of the certifiable models and active regions that meet the conditions.

    With `status` (one of several), `verdict` (which may be STALE) or `route_kind`, only models of
    which at least one cell has all of them. Three queries.
    """
    wanted = {"vendor": vendor, "kind": kind, "capability": capability, "search": search}
    shown = list(MatrixFilter.narrow(registry.certifiable_models(), wanted))
    columns = [
        region for region in registry.active_regions() if not regions or region.pk in regions
    ]
    cells: dict[UUID, dict[str, dict[str, Any]]] = {model.pk: {} for model in shown}
    rows = ModelCertification.objects.filter(region__in=[region.pk for region in columns])
    for model_id, region_id, *values in as_shown(rows).values_list(
        "model_id", "region_id", *CELL_COLUMNS
    ):
        if model_id in cells:
            cells[model_id][region_id] = dict(zip(CELL_FIELDS, values, strict=True))
    if status or verdict or route_kind:
        shown = [
            model
            for model in shown
            if any(
                (not status or cell["status"] in status) and matches(cell, verdict, route_kind)
                for cell in cells[model.pk].values()
            )
        ]
    return Matrix(shown, columns, {model.pk: cells[model.pk] for model in shown})


def matches(cell: Mapping[str, Any], verdict: str, route_kind: str) -> bool:
    """Returns whether a cell has the verdict (for STALE, whether it is stale), and was judged over
    a route of the kind; an empty one always holds."""
    has_verdict = bool(cell["stale_reason"]) if verdict == STALE else cell["verdict"] == verdict
    return (not verdict or has_verdict) and (not route_kind or cell["route_kind"] == route_kind)
