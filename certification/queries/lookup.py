"""Finds models and regions by the identifiers that callers pass."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from certification.errors import UnknownModels, UnknownRegions
from models_registry import queries as registry
from models_registry.models import AIModel, Region


def models_named(identifiers: Sequence[str]) -> list[AIModel]:
    """Returns models by UUID or API model id, in the order of `identifiers`. One query.

    Raises UnknownModels, which lists every unknown identifier.
    """
    found = registry.find_models(identifiers)
    unknown = [identifier for identifier in identifiers if identifier not in found]
    if unknown:
        raise UnknownModels(
            _("Unknown models: %(models)s.") % {"models": ", ".join(unknown)}, models=unknown
        )
    return [found[identifier] for identifier in identifiers]


def model_named(identifier: str) -> AIModel:
    """Returns a model by UUID or API model id. Raises UnknownModels."""
    return models_named([identifier])[0]


def regions_named(codes: Sequence[str], *, inactive: bool = False) -> list[Region]:
    """Returns regions by code, in the order of `codes`. One query.

    Raises UnknownRegions, which lists every unknown code; an inactive region is unknown unless
    `inactive` is true.
    """
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
    """Returns a region by code, active or not."""
    return Region.objects.filter(pk=code).first()
