"""Models and regions as callers name them."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from certification.errors import UnknownModels, UnknownRegions
from models_registry import queries as registry
from models_registry.models import AIModel, Region


def models_named(identifiers: Sequence[str]) -> list[AIModel]:
    """Models by UUID or API model id, in the order given. Raises UnknownModels, which names every
    one that is not there. One query."""
    found = registry.find_models(identifiers)
    unknown = [identifier for identifier in identifiers if identifier not in found]
    if unknown:
        raise UnknownModels(
            _("Unknown models: %(models)s.") % {"models": ", ".join(unknown)}, models=unknown
        )
    return [found[identifier] for identifier in identifiers]


def model_named(identifier: str) -> AIModel:
    """Raises UnknownModels."""
    return models_named([identifier])[0]


def regions_named(codes: Sequence[str], *, inactive: bool = False) -> list[Region]:
    """Regions by code, in the order given; only the active ones, unless told. Raises
    UnknownRegions, which names every other one. One query."""
    known = {
        region.pk: region
        for region in (registry.all_regions() if inactive else registry.active_regions())
    }
    unknown = [code for code in codes if code not in known]
    if unknown:
        text = (
            _("Unknown regions: %(regions)s.")
            if inactive
            else _("Unknown or inactive regions: %(regions)s.")
        )
        raise UnknownRegions(text % {"regions": ", ".join(unknown)}, regions=unknown)
    return [known[code] for code in codes]


def region_or_none(code: str) -> Region | None:
    """Also one in which nobody may certify now."""
    return Region.objects.filter(pk=code).first()
