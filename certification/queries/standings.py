"""The present standing of models in regions."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from certification.models import ModelCertification
from certification.states import STALE, StandingStatus
from models_registry import queries as registry

from .pages import STEADY

# What clients of the replaced system filter by, and what it stands for.
COMPLETED = "COMPLETED"
COMPLETED_MEANS = (StandingStatus.CERTIFIED, StandingStatus.QUALITY_WARNING)


def find(model: str, region: str) -> ModelCertification | None:
    """One model, by UUID or API model id, in one region."""
    found = registry.find_models([model]).get(model)
    return search(model=found.pk, region=region).first() if found else None


def certifiable() -> QuerySet[ModelCertification]:
    """Those that have a cell in the matrix: of certifiable models, in active regions."""
    return ModelCertification.objects.filter(
        model__in=registry.certifiable_models(), region__in=registry.active_regions()
    )


def search(
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


def of(*, models: Sequence[UUID] = (), regions: Sequence[str] = ()) -> list[ModelCertification]:
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


def _has(standing: ModelCertification, verdict: str) -> bool:
    if verdict == STALE:
        return bool(standing.stale_reason)
    if verdict == COMPLETED:
        return standing.verdict in COMPLETED_MEANS
    return standing.verdict == verdict
