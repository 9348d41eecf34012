"""What screens say of a pass that the region itself does not give: over which profile it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from certification.outcomes.signs import ROUTE_SIGNS
from certification.states import RouteKind


@dataclass(frozen=True)
class RouteMark:
    sign: str
    label: Any


# The first route that answers is judged, and one in the region is asked first, if it is allowed.
MARKS: Final[Mapping[str, RouteMark]] = {
    RouteKind.GEO: RouteMark(
        ROUTE_SIGNS[RouteKind.GEO], _("not in the region: over a geographic profile")
    ),
    RouteKind.GLOBAL: RouteMark(ROUTE_SIGNS[RouteKind.GLOBAL], _("only over a global profile")),
}


def mark_of(passed: bool | None, route_kind: str) -> RouteMark | None:
    """Returns None for a pass in the region, and for what is no pass."""
    return MARKS.get(route_kind) if passed else None
