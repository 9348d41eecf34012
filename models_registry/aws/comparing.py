"""What a look at AWS would change in the registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from ..models import AIModel, AwsLook, Lifecycle, ModelOffer, Origin
from ..offers import BEDROCK
from .reading import Answer, Listed, gathered


@dataclass(frozen=True)
class OfferChange:
    """One model in one region; no `old` types: it is new there, no `new` ones: it is gone."""

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
    """`unknown` are the API ids that AWS lists and the registry does not know."""

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
        """Of what applying would change; what is unknown only a person can add."""
        return len(self.offers) + len(self.lifecycles)


def seen_in(look: AwsLook) -> dict[str, Answer]:
    return {
        region: {name: Listed(**facts) for name, facts in answer.items()}
        for region, answer in look.seen.items()
    }


def known() -> QuerySet[AIModel]:
    """Bedrock's models, without those that only an import remembers: AWS may propose them anew."""
    remembered = Q(origin=Origin.IMPORT, retired_at__isnull=False)
    return AIModel.objects.filter(~remembered, provider=BEDROCK)


def differences(look: AwsLook) -> Differences:
    """Between what a look saw and what the registry says now, in two queries.

    Only regions that were read count: elsewhere nothing is gone. Retired models keep their last
    offers.
    """
    seen = seen_in(look)
    models = {model.api_model_id: model for model in known()}
    living = {name: model for name, model in models.items() if model.retired_at is None}
    return Differences(
        offers=tuple(_offers(seen, living)),
        lifecycles=tuple(_lifecycles(seen, living)),
        unknown=tuple(name for name, _regions in gathered(seen) if name not in models),
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
    for name, regions in gathered(seen):
        model = models.get(name)
        told = lifecycle_of(regions.values())
        if model is None or not told:
            continue
        end = end_of_life_of(regions.values())
        if (model.lifecycle, model.end_of_life_at) != (told, end):
            yield LifecycleChange(model.pk, name, model.name, model.lifecycle, told, end)


def lifecycle_of(regions: Any) -> str:
    """Of regions that disagree the one that goes on longest: somewhere it is still active."""
    told = {listed.lifecycle for listed in regions} - {""}
    if Lifecycle.ACTIVE in told:
        return Lifecycle.ACTIVE.value
    return Lifecycle.LEGACY.value if told else ""


def end_of_life_of(regions: Any) -> datetime | None:
    """The last of the regions' days; None where one of them names none."""
    ends = [listed.end_of_life_at for listed in regions if listed.lifecycle]
    if not ends or not all(ends):
        return None
    return max(datetime.fromisoformat(end) for end in ends)
