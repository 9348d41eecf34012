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
from certification.admin.wording import durations
from certification.queries.matrix import Matrix
from certification.states import OPEN_STANDING, STALE, StandingStatus
from models_registry import queries as registry
from models_registry.models import AIModel, Kind

from .jobs import explained

# Short, because a page has thousands of them: a class for the colour, and the sign.
SIGNS = {
    StandingStatus.CERTIFIED: ("p", "✓"),
    StandingStatus.QUALITY_WARNING: ("w", "!"),
    StandingStatus.FAILED: ("f", "✗"),
    StandingStatus.INCONCLUSIVE: ("i", "?"),
    StandingStatus.UNSUPPORTED: ("u", "–"),
    StandingStatus.CANCELLED: ("u", "⊘"),
    StandingStatus.PROCESSING: ("r", "▸"),
    StandingStatus.QUEUED: ("r", "…"),
    StandingStatus.PENDING: ("r", "…"),
}
LEGEND = (
    StandingStatus.CERTIFIED,
    StandingStatus.QUALITY_WARNING,
    StandingStatus.FAILED,
    StandingStatus.INCONCLUSIVE,
    StandingStatus.UNSUPPORTED,
)
STALE_SIGN, RUNNING_SIGN = "†", "▸"


@dataclass(frozen=True)
class Cell:
    """What a <td> holds. Without a record it leads nowhere; without a text it is blank."""

    region: str
    look: str
    text: str = ""
    title: str = ""
    record: UUID | None = None


def page(request: HttpRequest) -> TemplateResponse:
    given = request.GET
    wanted = {
        name: given.get(name, "").strip()
        for name in ("vendor", "kind", "capability", "search", "status")
    }
    choices = _choices()
    places = {region.pk for region in choices["all_places"]}
    asked = [region for region in given.getlist("regions") if region]
    chosen = [region for region in asked if region in places]
    found = queries.matrix.read(
        vendor=wanted["vendor"],
        kind=wanted["kind"],
        capability=wanted["capability"],
        search=wanted["search"],
        verdict=wanted["status"],
        regions=asked,
    )
    offered = registry.offers(found.models, found.regions)
    looks = _Looks(timezone.now(), wanted["status"])
    return render(
        request,
        "homologa/matrix/matrix.html",
        {
            "title": _("Matrix"),
            "wanted": wanted,
            "chosen": chosen,
            "is_filtered": any(wanted.values()) or bool(asked),
            "is_nowhere": bool(asked) and not chosen,
            "places": found.regions,
            "rows": [(model, _cells(found, model, offered, looks)) for model in found.models],
            "is_simulated": _has_simulated(found),
            "matching": _matching(found, wanted["status"]),
            "kinds": Kind.choices,
            "statuses": [*((s.value, s.label) for s in LEGEND), (STALE, _("stale"))],
            "legend": [(*SIGNS[status], status.label) for status in LEGEND],
            "signs": {"stale": STALE_SIGN, "running": RUNNING_SIGN},
            "may_certify": request.user.has_perm(CERTIFY),
            **choices,
        },
    )


def _choices() -> dict[str, Any]:
    """What can be filtered by, whatever is filtered by now; two queries."""
    vendors, capabilities = registry.vendors_and_capabilities()
    return {
        "vendors": vendors,
        "capabilities": capabilities,
        "all_places": list(registry.active_regions()),
    }


def _cells(
    found: Matrix, model: AIModel, offered: Mapping[tuple[UUID, str], Any], looks: _Looks
) -> list[Cell]:
    standings = found.cells[model.pk]
    cells = []
    for place in found.regions:
        standing = standings.get(place.pk)
        if standing is not None:
            cells.append(looks.of(place.pk, standing))
        elif (model.pk, place.pk) in offered:
            cells.append(Cell(place.pk, "e"))
        else:
            cells.append(Cell(place.pk, "n", "–"))
    return cells


class _Looks:
    """Makes cells; remembers the words, of which thousands of cells share a few."""

    def __init__(self, now: datetime, verdict: str) -> None:
        self._now = now
        self._verdict = verdict
        self._words: dict[tuple[Any, ...], str] = {}

    def of(self, region: str, standing: Mapping[str, Any]) -> Cell:
        shown = standing["verdict"] or standing["status"]
        look, sign = SIGNS[shown]
        if self._verdict and not queries.matrix.has_verdict(standing, self._verdict):
            look += " o"
        text = sign
        if standing["score"] is not None:
            text += f" {figures.whole_score(standing['score'])}"
        if standing["stale_reason"]:
            text += f" {STALE_SIGN}"
        if standing["verdict"] and standing["status"] in OPEN_STANDING:
            text += f" {RUNNING_SIGN}"
        return Cell(region, look, text, self._title(shown, standing), standing["certification_id"])

    def _title(self, shown: str, standing: Mapping[str, Any]) -> str:
        completed = standing["completed_at"]
        days = durations.days_between(completed, self._now) if completed else None
        running = standing["status"] if standing["status"] in OPEN_STANDING else ""
        key = (shown, running, standing["stale_reason"], standing["simulated"], days)
        if key not in self._words:
            self._words[key] = " · ".join(_words(*key))
        return self._words[key]


def _words(
    shown: str, running: str, stale: str, simulated: bool | None, days: int | None
) -> list[str]:
    words = [str(StandingStatus(shown).label)]
    if running and running != shown:
        words.append(str(StandingStatus(running).label))
    if stale:
        words.append(_("stale: %(reason)s") % {"reason": explained(stale)[0]})
    if days is not None:
        words.append(durations.days_ago(days))
    if simulated:
        words.append(_("simulated"))
    return words


def _has_simulated(found: Matrix) -> bool:
    return any(cell["simulated"] for row in found.cells.values() for cell in row.values())


def _matching(found: Matrix, verdict: str) -> int | None:
    """Pairs with the verdict that is looked for; None where none is."""
    if not verdict:
        return None
    return sum(
        queries.matrix.has_verdict(cell, verdict)
        for row in found.cells.values()
        for cell in row.values()
    )


SCREEN = Screen("matrix/", "matrix", page, label=gettext_lazy("Matrix"))
