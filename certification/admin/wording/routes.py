"""What screens say of routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from certification.outcomes.advice import explain
from certification.outcomes.signs import ROUTE_SIGNS
from certification.states import RouteKind, RouteOutcome


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


def labels_of(kinds: Iterable[str]) -> list[Any]:
    labels = dict(RouteKind.choices)
    return [labels.get(kind, kind) for kind in kinds]


def mark_of(passed: bool | None, route_kind: str) -> RouteMark | None:
    """Returns None for a pass in the region, and for what is no pass."""
    return MARKS.get(route_kind) if passed else None


def reason_of(result: Mapping[str, Any], results: Iterable[Mapping[str, Any]]) -> str:
    """Returns why a route was refused or not probed, "" for one that works; `results` are those of
    all routes of the same certification."""
    if result["category"]:
        return explain(result["category"])[0]
    if result["outcome"] != RouteOutcome.NOT_PROBED:
        return ""
    if any(one["outcome"] == RouteOutcome.WORKS for one in results):
        return gettext("a probe would cost as much as the checks")
    return gettext("the route before it gave no answer")


def part_of(result: Mapping[str, Any]) -> str:
    """Returns what the route that the record rests on has to do with its result."""
    match result["outcome"]:
        case RouteOutcome.WORKS:
            return gettext("the checks ran over this one")
        case RouteOutcome.REFUSED:
            return gettext("this refusal is the result")
        case _:
            return gettext("the checks got no answer over this one")
