"""Models down, regions across, one cell a standing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from certification.models import ModelCertification
from certification.states import STALE
from models_registry import queries as registry
from models_registry.models import AIModel, Region

CELL = (
    "status",
    "verdict",
    "passed",
    "score",
    "grade",
    "badge",
    "stale_reason",
    "simulated",
    "completed_at",
    "certification_id",
)


@dataclass(frozen=True)
class Matrix:
    """`cells[model][region]` holds the fields of CELL; a pair that never was in a job has none."""

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
    status: str = "",
    verdict: str = "",
) -> Matrix:
    """Three queries. With a status or a verdict (or STALE), only models that have it somewhere
    are shown."""
    models = registry.certifiable_models()
    if vendor:
        models = models.filter(vendor=vendor)
    if kind:
        models = models.filter(kind=kind)
    if search:
        models = models.filter(registry.named_like(search))
    shown = [
        model for model in models if not capability or model.capabilities.get(capability) is True
    ]
    places = [region for region in registry.active_regions() if not regions or region.pk in regions]
    cells: dict[UUID, dict[str, dict[str, Any]]] = {model.pk: {} for model in shown}
    rows = ModelCertification.objects.filter(region__in=[region.pk for region in places])
    for model_id, region_id, *values in rows.values_list("model_id", "region_id", *CELL):
        if model_id in cells:
            cells[model_id][region_id] = dict(zip(CELL, values, strict=True))
    if status:
        shown = [
            model
            for model in shown
            if any(cell["status"] == status for cell in cells[model.pk].values())
        ]
    if verdict:
        shown = [
            model
            for model in shown
            if any(has_verdict(cell, verdict) for cell in cells[model.pk].values())
        ]
    return Matrix(shown, places, {model.pk: cells[model.pk] for model in shown})


def has_verdict(cell: Mapping[str, Any], verdict: str) -> bool:
    """Whether a cell has the verdict, or is stale where STALE is asked for."""
    return bool(cell["stale_reason"]) if verdict == STALE else cell["verdict"] == verdict
