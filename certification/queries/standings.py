"""The present standing of models in regions."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from certification.models import ModelCertification
from certification.states import StandingStatus
from models_registry import queries as registry

from .pages import STEADY

# What clients of the replaced system filter by, and what it stands for.
COMPLETED = "COMPLETED"
COMPLETED_MEANS = (StandingStatus.CERTIFIED, StandingStatus.QUALITY_WARNING)


def standing(model: str, region: str) -> ModelCertification | None:
    """One model, by UUID or API model id, in one region."""
    found = registry.find_models([model]).get(model)
    return standings(model=found.pk, region=region).first() if found else None


def certifiable_standings() -> QuerySet[ModelCertification]:
    """Those that have a cell in the matrix: of certifiable models, in active regions."""
    return ModelCertification.objects.filter(
        model__in=registry.certifiable_models(), region__in=registry.active_regions()
    )


def standings(
    *, model: UUID | None = None, region: str = "", status: str = ""
) -> QuerySet[ModelCertification]:
    """Standings with their models, by vendor, model and region."""
    rows = ModelCertification.objects.select_related("model").order_by(*STEADY)
    if model is not None:
        rows = rows.filter(model=model)
    if region:
        rows = rows.filter(region=region)
    if status == COMPLETED:
        rows = rows.filter(status__in=COMPLETED_MEANS)
    elif status:
        rows = rows.filter(status=status)
    return rows
