"""Models down, regions across: every pair's standing on one page, to look at and to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certification import figures, queries
from certification.admin.pages.screen import CERTIFY, Screen, render
from certification.admin.wording import durations, routes, verdicts
from certification.admin.wording.routes import RouteMark
from certification.outcomes import simulated
from certification.outcomes.advice import explain
from certification.outcomes.signs import SIGNS, STALE_SIGN
from certification.queries.matrix import Matrix
from certification.states import OPEN_STANDING, RouteKind, StandingStatus
from models_registry import queries as registry
from models_registry.models import UNSUPPORTED_KINDS, AIModel, Kind

RUNNING_SIGN = SIGNS[StandingStatus.PROCESSING]
NO_RECORD, NOT_OFFERED, FADED = "e", "n", "o"


@dataclass(frozen=True)
class Cell:
    """What a <td> holds. Without a record it has no link; without a text it is blank."""

    css_class: str
    text: str = ""
    title: str = ""
    record: UUID | None = None
    route: RouteMark | None = None


def matrix_page(request: HttpRequest) -> TemplateResponse:
    given = request.GET
    wanted = {
        name: given.get(name, "").strip()
        for name in ("vendor", "kind", "capability", "search", "status", "route")
    }
    choices = _choices()
    known = {region.pk for region in choices["all_regions"]}
    requested = [region for region in given.getlist("regions") if region]
    chosen = [region for region in requested if region in known]
    found = queries.matrix.read(
        vendor=wanted["vendor"],
        kind=wanted["kind"],
        capability=wanted["capability"],
        search=wanted["search"],
        verdict=wanted["status"],
        route_kind=wanted["route"],
        regions=requested,
    )
    offered = registry.offers(found.models, found.regions)
    cells = _Cells(timezone.now(), wanted["status"], wanted["route"])
    return render(
        request,
        "homologa/matrix/matrix.html",
        {
            "title": _("Matrix"),
            "wanted": wanted,
            "chosen": chosen,
            "is_filtered": any(wanted.values()) or bool(requested),
            "is_nowhere": bool(requested) and not chosen,
            "regions": found.regions,
            "rows": [(model, _cells(found, model, offered, cells)) for model in found.models],
            "is_simulated": _has_simulated(found),
            "matching": _matching(found, wanted["status"], wanted["route"]),
            "kinds": [kind for kind in Kind.choices if kind[0] not in UNSUPPORTED_KINDS],
            "statuses": verdicts.CHOICES,
            "route_kinds": RouteKind.choices,
            "legend": [(verdicts.MARKS[verdict], verdict.label) for verdict in verdicts.VERDICTS],
            "route_marks": routes.MARKS.values(),
            "signs": {"stale": STALE_SIGN, "running": RUNNING_SIGN},
            "may_certify": request.user.has_perm(CERTIFY),
            **choices,
        },
    )


def _choices() -> dict[str, Any]:
    """The choices of every filter, whatever is filtered by now; two queries."""
    vendors, capabilities = registry.vendors_and_capabilities()
    return {
        "vendors": vendors,
        "capabilities": capabilities,
        "all_regions": list(registry.active_regions()),
    }


def _cells(
    found: Matrix, model: AIModel, offered: Mapping[tuple[UUID, str], Any], cells: _Cells
) -> list[Cell]:
    standings = found.cells[model.pk]
    row = []
    for region in found.regions:
        standing = standings.get(region.pk)
        if standing is not None:
            row.append(cells.of(standing))
        elif (model.pk, region.pk) in offered:
            row.append(Cell(NO_RECORD))
        else:
            row.append(Cell(NOT_OFFERED, "–"))
    return row


class _Cells:
    """Makes cells, and caches their titles: thousands of cells share a few."""

    def __init__(self, now: datetime, verdict: str, route_kind: str) -> None:
        self._now = now
        self._verdict = verdict
        self._route_kind = route_kind
        self._titles: dict[tuple[Any, ...], tuple[str, RouteMark | None]] = {}

    def of(self, standing: Mapping[str, Any]) -> Cell:
        shown = standing["verdict"] or standing["status"]
        mark = verdicts.MARKS[shown]
        css_class, text = mark.css_class, mark.sign
        if not queries.matrix.matches(standing, self._verdict, self._route_kind):
            css_class += f" {FADED}"
        if standing["score"] is not None:
            text += f" {figures.whole_score(standing['score'])}"
        if standing["stale_reason"]:
            text += f" {STALE_SIGN}"
        if standing["verdict"] and standing["status"] in OPEN_STANDING:
            text += f" {RUNNING_SIGN}"
        title, route = self._title_and_route(shown, standing)
        return Cell(css_class, text, title, standing["certification_id"], route)

    def _title_and_route(
        self, shown: str, standing: Mapping[str, Any]
    ) -> tuple[str, RouteMark | None]:
        completed = standing["completed_at"]
        days = durations.days_between(completed, self._now) if completed else None
        running = standing["status"] if standing["status"] in OPEN_STANDING else ""
        route = routes.mark_of(standing["passed"], standing["route_kind"])
        key = (shown, route, running, standing["stale_reason"], standing["simulated"], days)
        if key not in self._titles:
            worded = RouteMark(route.sign, str(route.label)) if route else None
            self._titles[key] = " · ".join(_words(*key)), worded
        return self._titles[key]


def _words(
    shown: str,
    route: RouteMark | None,
    running: str,
    stale: str,
    is_simulated: bool | None,
    days: int | None,
) -> list[str]:
    words = [str(StandingStatus(shown).label)]
    if route:
        words.append(str(route.label))
    if running and running != shown:
        words.append(str(StandingStatus(running).label))
    if stale:
        words.append(_("stale: %(reason)s") % {"reason": explain(stale)[0]})
    if days is not None:
        words.append(durations.days_ago(days))
    if mark := simulated.label(is_simulated):
        words.append(mark)
    return words


def _has_simulated(found: Matrix) -> bool:
    return any(cell["simulated"] for row in found.cells.values() for cell in row.values())


def _matching(found: Matrix, verdict: str, route_kind: str) -> int | None:
    """Returns the number of pairs with the verdict and the kind of route that are filtered by; None
    without such a filter."""
    if not (verdict or route_kind):
        return None
    return sum(
        queries.matrix.matches(cell, verdict, route_kind)
        for row in found.cells.values()
        for cell in row.values()
    )


SCREENS = (Screen("matrix/", "matrix", matrix_page, label=gettext_lazy("Matrix")),)
