"""What an error category says to people: a title, and advice on what to do."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from certification.engine import POLICIES, Category
from certification.engine.errors import Policy
from certification.states import EXPIRED

# As earlier versions wrote them; a worker of such a version still does so during an upgrade.
EARLIER_NAMES: Final = {"REGION_SHUT": Category.CIRCUIT_OPEN}


def policy_of(category: str) -> Policy | None:
    """Returns None for an empty category, for EXPIRED, and for one that this version does not
    know: history may hold categories that have been removed since."""
    known = EARLIER_NAMES.get(category, category)
    return POLICIES[Category(known)] if known in Category.__members__ else None


def explain(category: str) -> tuple[str, str]:
    """Returns title and advice in the active language. A category that this version does not know
    is its own title, without advice."""
    if category == EXPIRED:
        return _("Past its days"), _("Certify it again: its schedule says that it no longer holds.")
    policy = policy_of(category)
    return (_(policy.title), _(policy.advice)) if policy else (category, "")


def advice_on(category: str) -> str:
    """Returns the advice alone, empty where there is none."""
    return explain(category)[1]
