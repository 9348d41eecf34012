"""Computes what applying a look at AWS would change in the registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from ..models import AIModel, AwsLook, Lifecycle, ModelOffer, Origin
from ..offers import BEDROCK
from .reading import Answer, ListedModel, by_model


@dataclass(frozen=True)
class OfferChange:
    """The inference types of a model in a region, before and after; empty if it is not offered."""

    model_id: UUID
    api_model_id: str
    name: str
    region: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True)
class LifecycleChange:
    model_id: UUID
    api_model_id: str
    name: str
    old: str
    new: str
    end_of_life_at: datetime | None


@dataclass(frozen=True)
class Differences:
    """The changes. `unknown` are the API model ids that only AWS lists."""

    offers: tuple[OfferChange, ...]
    lifecycles: tuple[LifecycleChange, ...]
    unknown: tuple[str, ...]

    @property
    def new(self) -> list[OfferChange]:
        return [change for change in self.offers if not change.old]

    @property
    def changed(self) -> list[OfferChange]:
        return [change for change in self.offers if change.old and change.new]

    @property
    def gone(self) -> list[OfferChange]:
        return [change for change in self.offers if not change.new]

    @property
    def count(self) -> int:
        """Returns the number of changes that `apply` makes; it does not add unknown models."""
        return len(self.offers) + len(self.lifecycles)


def answers_in(look: AwsLook) -> dict[str, Answer]:
    return {
        region: {name: ListedModel(**facts) for name, facts in answer.items()}
        for region, answer in look.seen.items()
    }


def known_models() -> QuerySet[AIModel]:
    """Returns Bedrock's models, without those that exist only in imported history."""
    imported_only = Q(origin=Origin.IMPORT, retired_at__isnull=False)
    return AIModel.objects.filter(~imported_only, provider=BEDROCK)


def differences(look: AwsLook) -> Differences:
    """Compares a look with the registry, in two queries.

    Only regions that were read are compared. Retired models keep their last offers.
    """
    seen = answers_in(look)
    models = {model.api_model_id: model for model in known_models()}
    not_retired = {name: model for name, model in models.items() if model.retired_at is None}
    return Differences(
        offers=tuple(_offers(seen, not_retired)),
        lifecycles=tuple(_lifecycles(seen, not_retired)),
        unknown=tuple(name for name, _regions in by_model(seen) if name not in models),
    )


def _offers(seen: Mapping[str, Answer], models: Mapping[str, AIModel]) -> Iterator[OfferChange]:
    rows = ModelOffer.objects.filter(region__in=list(seen)).values_list(
        "model_id", "region_id", "inference_types"
    )
    before: dict[tuple[UUID, str], Any] = {
        (model, region): tuple(types) for model, region, types in rows
    }
    for name, model in sorted(models.items()):
        for region, answer in sorted(seen.items()):
            old = before.get((model.pk, region), ())
            new = tuple(answer[name].types) if name in answer else ()
            if set(old) != set(new):
                yield OfferChange(model.pk, name, model.name, region, old, new)


def _lifecycles(
    seen: Mapping[str, Answer], models: Mapping[str, AIModel]
) -> Iterator[LifecycleChange]:
    for name, regions in by_model(seen):
        model = models.get(name)
        lifecycle = lifecycle_of(regions.values())
        if model is None or not lifecycle:
            continue
        end = end_of_life_of(regions.values())
        if (model.lifecycle, model.end_of_life_at) != (lifecycle, end):
            yield LifecycleChange(model.pk, name, model.name, model.lifecycle, lifecycle, end)


def lifecycle_of(regions: Any) -> str:
    """Returns ACTIVE if the model is active in any of the regions, else LEGACY, else ""."""
    lifecycle = {listed.lifecycle for listed in regions} - {""}
    if Lifecycle.ACTIVE in lifecycle:
        return Lifecycle.ACTIVE.value
    return Lifecycle.LEGACY.value if lifecycle else ""


def end_of_life_of(regions: Any) -> datetime | None:
    """Returns the latest end-of-life date of the regions; None if one of them has none."""
    ends = [listed.end_of_life_at for listed in regions if listed.lifecycle]
    if not ends or not all(ends):
        return None
    return max(datetime.fromisoformat(end) for end in ends)
