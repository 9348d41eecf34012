"""Whether what a region lists can be all that it offers.

A region that fails half-way, an account without rights to one of two lists, or a page that is cut
off lists fewer models than there are: taken over, that would delete offers that still exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

from ..models import AwsLook, ModelOffer
from ..offers import PROFILE_PREFIXES
from .comparing import Differences, known_models
from .reading import Answer

# A list that lacks more than this share of what it held was not read whole, and a sync by schedule
# that removes more than this share of the ways to call a model is left to a person. No region of
# AWS has ever withdrawn so many at once.
MOST_LOST: Final = 0.3
MOST_GONE_BY_SCHEDULE: Final = 0.1
# So few may always be gone from a list, and by a schedule: below, shares say nothing.
FEW_OF_A_LIST: Final = 1
FEW_BY_SCHEDULE: Final = 5


def incomplete(seen: Mapping[str, Answer]) -> dict[str, str]:
    """Returns the regions that cannot have been read whole, and why. One query.

    Models and inference profiles come from two lists, each of which may be cut off: half of one can
    be a small share of both.
    """
    offers = ModelOffer.objects.filter(
        region__in=list(seen), model__in=known_models().filter(retired_at=None)
    ).values_list("region_id", "model__api_model_id", "inference_types")
    known: dict[tuple[str, bool], set[tuple[str, str]]] = {}
    for region, name, types in offers:
        for kind in types:
            known.setdefault((region, kind in PROFILE_PREFIXES), set()).add((name, kind))
    reasons = {}
    for (region, _of_profiles), ways in known.items():
        listed = {(name, kind) for name, model in seen[region].items() for kind in model.types}
        lost = len(ways - listed)
        if _is_too_much(lost, len(ways), MOST_LOST, FEW_OF_A_LIST):
            reasons[region] = _(
                "It lists only %(found)s of the %(known)s ways to call a model that it offered, so "
                "it was hardly read whole. If it was: sync_with_aws --region %(region)s --fewer"
            ) % {"found": len(ways) - lost, "known": len(ways), "region": region}
    return reasons


def removes_too_much(found: Differences, look: AwsLook) -> bool:
    """Says whether a look removes so much that a person should see it first. One query.

    Counts the inference types of offers, so also of those that are offered in fewer ways.
    """
    offers = ModelOffer.objects.filter(region__in=list(look.seen))
    known = sum(map(len, offers.values_list("inference_types", flat=True)))
    lost = sum(len({*change.old} - {*change.new}) for change in found.offers)
    return _is_too_much(lost, known, MOST_GONE_BY_SCHEDULE, FEW_BY_SCHEDULE)


def _is_too_much(lost: int, known: int, share: float, few: int) -> bool:
    return lost > few and lost > known * share
