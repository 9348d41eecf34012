"""Verdicts as lists, tables and charts show them: their order, names, signs and CSS classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy, pgettext_lazy

from certification.outcomes.signs import SIGNS
from certification.states import STALE, StandingStatus

# What a pair can come to, the best first.
VERDICTS: Final = (
    StandingStatus.CERTIFIED,
    StandingStatus.QUALITY_WARNING,
    StandingStatus.FAILED,
    StandingStatus.BLOCKED,
    StandingStatus.INCONCLUSIVE,
    StandingStatus.UNSUPPORTED,
)
# Over numbers of pairs.
PLURALS: Final[Mapping[str, Any]] = {
    StandingStatus.CERTIFIED.value: pgettext_lazy("pairs", "Certified"),
    StandingStatus.QUALITY_WARNING.value: pgettext_lazy("pairs", "Quality warning"),
    StandingStatus.FAILED.value: pgettext_lazy("pairs", "Failed"),
    StandingStatus.BLOCKED.value: pgettext_lazy("pairs", "Blocked"),
    StandingStatus.INCONCLUSIVE.value: pgettext_lazy("pairs", "Inconclusive"),
    StandingStatus.UNSUPPORTED.value: pgettext_lazy("pairs", "Unsupported"),
    STALE: pgettext_lazy("pairs", "Stale"),
}
# What standings are filtered by.
CHOICES: Final = (
    *((verdict.value, verdict.label) for verdict in VERDICTS),
    (STALE, gettext_lazy("stale")),
)
# One character each, because a matrix has thousands of cells.
_CSS_CLASSES: Final[Mapping[str, str]] = {
    StandingStatus.CERTIFIED: "p",
    StandingStatus.QUALITY_WARNING: "w",
    StandingStatus.FAILED: "f",
    StandingStatus.BLOCKED: "b",
    StandingStatus.INCONCLUSIVE: "i",
    StandingStatus.UNSUPPORTED: "u",
    StandingStatus.CANCELLED: "u",
    StandingStatus.PROCESSING: "r",
    StandingStatus.QUEUED: "r",
    StandingStatus.PENDING: "r",
}


@dataclass(frozen=True)
class Mark:
    css_class: str
    sign: str


MARKS: Final[Mapping[str, Mark]] = {
    status: Mark(css_class, SIGNS[status]) for status, css_class in _CSS_CLASSES.items()
}


def label_of(verdict: str) -> str:
    """Returns "" for no verdict. Django's own get_verdict_display is several times slower, and a
    page has hundreds of verdicts."""
    return str(StandingStatus(verdict).label) if verdict else ""
