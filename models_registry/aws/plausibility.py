"""Whether what a region lists can be all that it offers.

A region that fails half-way, an account without rights to one of two lists, or a page that is cut
off lists fewer models than there are: taken over, that would delete offers that still exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

from ..models import AwsLook, ModelOffer
from .comparing import Differences, known_models
from .reading import Answer

# A region that lacks more than this share of what it offered was not read whole, and a sync by
# schedule that removes more than this share of the offers is left to a person. No region of AWS
# has ever withdrawn so many at once. Below `FEW`, shares say nothing.
MOST_LOST: Final = 0.3
MOST_GONE_BY_SCHEDULE: Final = 0.1
FEW: Final = 5


def incomplete(seen: Mapping[str, Answer]) -> dict[str, str]:
    """Returns the regions that cannot have been read whole, and why. One query."""
    offers = ModelOffer.objects.filter(
        region__in=list(seen), model__in=known_models().filter(retired_at=None)
    ).values_list("region_id", "model__api_model_id", "inference_types")
    known: dict[str, set[tuple[str, str]]] = {}
    for region, name, types in offers:
        known.setdefault(region, set()).update((name, kind) for kind in types)
    reasons = {}
    for region, ways in known.items():
        listed = {(name, kind) for name, model in seen[region].items() for kind in model.types}
        lost = len(ways - listed)
        if is_too_much(lost, len(ways), MOST_LOST):
            reasons[region] = _(
                "It lists only %(found)s of the %(known)s ways to call a model that it offered, so "
                "it was hardly read whole. If it was: sync_with_aws --region %(region)s --fewer"
            ) % {"found": len(ways) - lost, "known": len(ways), "region": region}
    return reasons


def removes_too_much(found: Differences, look: AwsLook) -> bool:
    """Says whether a look removes so many offers that a person should see it first. One query."""
    known = ModelOffer.objects.filter(region__in=list(look.seen)).count()
    return is_too_much(len(found.gone), known, MOST_GONE_BY_SCHEDULE)


def is_too_much(lost: int, known: int, share: float) -> bool:
    return lost > FEW and lost > known * share
