"""Models and regions under one name each, whichever of the two a page compares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from certification.models import ModelCertification
from models_registry.models import AIModel, Region


@dataclass(frozen=True)
class Entity:
    """A model or a region as a row, a column or an option. `id` is the one in its page's address,
    `note` the vendor of a model or the display name of a region."""

    id: str
    name: str
    note: str


# Returns the side of a pair that a page lists: its model or its region.
EntityOf = Callable[[ModelCertification], Entity]


def of_model(model: AIModel) -> Entity:
    return Entity(str(model.pk), model.name, model.vendor)


def of_region(region: Region) -> Entity:
    return Entity(region.pk, region.pk, region.display_name)


def model_of(standing: ModelCertification) -> Entity:
    return of_model(standing.model)


def region_of(standing: ModelCertification) -> Entity:
    return of_region(standing.region)
