"""Standings: the present state of each pair (model × region)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Max, QuerySet

from certification.models import ModelCertification
from certification.states import STALE
from models_registry import queries as registry

from .filters.standings import COMPLETED, COMPLETED_STATUSES
from .pages import PAIR_ORDER
from .shown_standings import as_shown, stale_reason_of


def find(model: str, region: str) -> ModelCertification | None:
    """Returns the standing of a model (by UUID or API model id) in a region, or None."""
    known = registry.find_models([model]).get(model)
    return with_models().filter(model=known, region=region).first() if known else None


def certifiable() -> QuerySet[ModelCertification]:
    """Returns the standings that the matrix shows: certifiable models in active regions."""
    return ModelCertification.objects.filter(
        model__in=registry.certifiable_models(), region__in=registry.active_regions()
    )


def with_models() -> QuerySet[ModelCertification]:
    """Returns all standings as they are shown (as_shown), with their models, the models' providers
    and who first certified them, ordered by vendor, model and region."""
    rows = ModelCertification.objects.select_related("model__provider", "created_by")
    return as_shown(rows).order_by(*PAIR_ORDER)


def regions_by_last_answer() -> list[str]:
    """Returns the regions in which models have answered, the latest answer first."""
    answered = ModelCertification.objects.filter(latency_ms__isnull=False).order_by()
    by_region = answered.values("region").annotate(last=Max("completed_at"))
    return list(by_region.order_by("-last").values_list("region", flat=True))


# A page shows hundreds of standings; loading whole models and regions would take most of its time.
LIST_FIELDS = (
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
    "dead",
    "route_kind",
    "route_id",
    "routes",
    "completed_at",
    "certification_id",
    "model__name",
    "model__vendor",
    "model__api_model_id",
    "model__capabilities",
    "model__is_active",
    "model__kind",
    "model__provider__is_certifiable",
    "region__name",
    "region__name_pt",
)


def listed(*, models: Sequence[UUID] = (), regions: Sequence[str] = ()) -> list[ModelCertification]:
    """Returns the standings of `models` (or, if empty, in `regions`), with model and region, as
    they are shown (as_shown).

    Only LIST_FIELDS are loaded. Ordered by vendor, model and region. One query.
    """
    rows = ModelCertification.objects.select_related("model__provider", "region").only(*LIST_FIELDS)
    rows = rows.filter(model__in=models) if models else rows.filter(region__in=regions)
    return list(as_shown(rows).order_by("model__vendor", "model__name", "region_id"))


def matches(
    standing: ModelCertification,
    *,
    vendor: str = "",
    search: str = "",
    verdict: str = "",
    route_kind: str = "",
) -> bool:
    """Returns whether a standing meets every condition; an empty one always holds.

    search:     part of the model's name or API id, whatever the case
    verdict:    a StandingStatus, STALE or COMPLETED
    route_kind: a RouteKind, of the route that was judged
    """
    model = standing.model
    words = search.casefold()
    return (
        (not vendor or model.vendor == vendor)
        and (words in model.name.casefold() or words in model.api_model_id.casefold())
        and (not verdict or _has_verdict(standing, verdict))
        and (not route_kind or standing.route_kind == route_kind)
    )


def _has_verdict(standing: ModelCertification, verdict: str) -> bool:
    if verdict == STALE:
        return bool(stale_reason_of(standing))
    if verdict == COMPLETED:
        return standing.verdict in COMPLETED_STATUSES
    return standing.verdict == verdict
