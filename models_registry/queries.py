"""The queries of the registry: models, regions and offers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Now

from .models import AIModel, ModelOffer, Provider, Region


def providers() -> QuerySet[Provider]:
    """Returns all providers by name."""
    return Provider.objects.order_by("name")


def all_models() -> QuerySet[AIModel]:
    """Returns all models by vendor and name, each with its provider."""
    return AIModel.objects.select_related("provider").order_by("vendor", "name", "api_model_id")


def named_like(text: str, prefix: str = "") -> Q:
    """Returns a filter for models whose name or API model id contains `text`. `prefix` is the
    lookup path to the model, as in "model__"."""
    return Q(**{f"{prefix}name__icontains": text}) | Q(**{f"{prefix}api_model_id__icontains": text})


def active_models() -> QuerySet[AIModel]:
    """Returns active models of all providers by vendor and name, each with its provider."""
    return all_models().filter(is_active=True)


def certifiable_models() -> QuerySet[AIModel]:
    """Returns the certifiable models by vendor and name, with their provider."""
    return all_models().filter(AIModel.certifiable())


def vendors_and_capabilities() -> tuple[list[str], list[str]]:
    """Returns the vendors of certifiable models, and the abilities that any of them declares."""
    vendors: set[str] = set()
    capabilities: set[str] = set()
    for vendor, declared in certifiable_models().order_by().values_list("vendor", "capabilities"):
        vendors.add(vendor)
        capabilities.update(name for name, has in declared.items() if has is True)
    return sorted(vendors, key=str.casefold), sorted(capabilities)


def active_regions() -> QuerySet[Region]:
    """Returns the regions in which models can be certified, by code."""
    return Region.objects.filter(is_active=True).order_by("id")


def all_regions() -> QuerySet[Region]:
    return Region.objects.order_by("id")


def find_models(identifiers: Iterable[str]) -> dict[str, AIModel]:
    """Finds models by UUID or API model id, in one query.

    Returns identifier -> model (with its provider), including inactive and not certifiable models;
    unknown identifiers are left out. An API model id that several providers use stands for
    Bedrock's model, else for that of the first provider by id.
    """
    wanted = list(dict.fromkeys(identifiers))
    uuids = {identifier: parsed for identifier in wanted if (parsed := _uuid(identifier))}
    found = AIModel.objects.select_related("provider").filter(
        Q(pk__in=uuids.values()) | Q(api_model_id__in=wanted)
    )
    by_uuid: dict[UUID, AIModel] = {}
    by_api_id: dict[str, AIModel] = {}
    for model in sorted(found, key=lambda m: (m.provider_id != "bedrock", m.provider_id)):
        by_uuid[model.id] = model
        by_api_id.setdefault(model.api_model_id, model)
    models = {}
    for identifier in wanted:
        model_or_none = by_api_id.get(identifier)
        if identifier in uuids:
            model_or_none = by_uuid.get(uuids[identifier], model_or_none)
        if model_or_none is not None:
            models[identifier] = model_or_none
    return models


def offers(
    models: Iterable[AIModel | UUID], regions: Iterable[Region | str]
) -> dict[tuple[UUID, str], list[str]]:
    """Returns (model id, region id) -> inference types for the offered pairs, in one query.

    Models and regions are objects or ids. A pair that is past its end of life is not offered; in
    regions that were synced from AWS, the catalogue's date for a single region does not count.
    """
    rows = (
        ModelOffer.objects.alias(end=_END)
        .filter(
            _NOT_ENDED,
            model__in=[model.id if isinstance(model, AIModel) else model for model in models],
            region__in=[region.id if isinstance(region, Region) else region for region in regions],
        )
        .values_list("model_id", "region_id", "inference_types")
    )
    return {(model, region): types for model, region, types in rows}


def offers_of(model: AIModel) -> QuerySet[Any]:
    """Returns all offers of a model, with their regions, in switched-off ones too, annotated with
    `is_over`: whether the model is past its end of life there. Ordered by region."""
    rows = ModelOffer.objects.filter(model=model).select_related("region").alias(end=_END)
    is_over = Case(When(_NOT_ENDED, then=Value(False)), default=Value(True))
    return rows.annotate(is_over=is_over).order_by("region_id")


# Of an offer: the end of life that counts, and the filter for those that have not reached it.
_END = Coalesce(Case(When(region__synced_at=None, then="end_of_life_at")), "model__end_of_life_at")
_NOT_ENDED = Q(end=None) | Q(end__gt=Now())


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
