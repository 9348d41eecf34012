"""All regions, and one of them: how the models stand there, and beside other regions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certification import queries
from certification.admin.comparison.index import entries, sortings
from certification.admin.comparison.metrics import LATENCY, SCORE
from certification.admin.comparison.rows import (
    PLURALS,
    STATUSES,
    Named,
    Row,
    again,
    bars,
    by_model,
    cards,
    certify_address,
    kept,
    rows_of,
)
from certification.admin.comparison.side_by_side import (
    OTHERS_AT_MOST,
    chosen_metric,
    chosen_others,
    side_by_side,
)
from certification.admin.pages.screen import CERTIFY, Screen, render
from certification.models import ModelCertification
from certification.states import OPEN_STANDING
from models_registry import queries as registry
from models_registry.models import Geography, Region


def index(request: HttpRequest) -> TemplateResponse:
    search = request.GET.get("search", "").strip()
    words = search.casefold()
    found = [
        (_named(region), region)
        for region in registry.active_regions()
        if words in region.pk or words in region.display_name.casefold()
    ]
    return render(
        request,
        "homologa/region/list.html",
        {
            "title": _("Regions"),
            "entries": entries(found, queries.summaries.by_axis("regions"), request),
            "sortings": sortings(request),
            "headings": PLURALS,
            "search": search,
            "kept": kept(request, "search"),
        },
    )


def page(request: HttpRequest, code: str) -> TemplateResponse:
    region = queries.lookup.region_or_none(code)
    if region is None:
        raise Http404
    choices = {one.pk: one for one in registry.active_regions() if one.pk != region.pk}
    others = [choices[one] for one in chosen_others(request, region.pk) if one in choices]
    sides = [_named(one) for one in (region, *others)]
    standings = queries.standings.listed(regions=[one.pk for one in (region, *others)])
    mine = [standing for standing in standings if standing.region_id == region.pk]
    wanted = {name: request.GET.get(name, "").strip() for name in ("search", "vendor", "status")}
    shown = [
        standing
        for standing in mine
        if queries.standings.matches(
            standing,
            vendor=wanted["vendor"],
            search=wanted["search"],
            verdict=wanted["status"],
        )
    ]
    rows = rows_of(shown, by_model, timezone.now())
    never = _never_certified(region, mine)
    return render(
        request,
        "homologa/region/region.html",
        {
            "title": region.pk,
            "region": region,
            "cards": cards(queries.summaries.summary(mine)),
            "rows": rows,
            "total": len(mine),
            "wanted": wanted,
            "is_filtered": any(wanted.values()),
            "vendors": sorted({one.model.vendor for one in mine}, key=str.casefold),
            "statuses": STATUSES,
            "scores": bars(rows, SCORE, 100),
            "latencies": bars(rows, LATENCY),
            "never": never,
            "comparison": (
                side_by_side("regions", sides, standings, by_model, chosen_metric(request))
                if others
                else None
            ),
            "chosen": [*(one.pk for one in others), *[""] * (OTHERS_AT_MOST - len(others))],
            "choices": _choices(choices.values()),
            "kept_by_filter": kept(request, *wanted),
            "kept_by_comparison": kept(request, "with"),
            "kept_by_measure": kept(request, "metric"),
            "certify": _certify(request, region, rows, never),
        },
    )


def _named(region: Region) -> Named:
    return Named(region.pk, region.pk, region.display_name)


def _choices(regions: Collection[Region]) -> list[tuple[Any, list[Named]]]:
    order = list(Geography.values)
    ordered = sorted(regions, key=lambda one: (order.index(one.geography), one.pk))
    return [
        (Geography(code).label, [_named(one) for one in group])
        for code, group in groupby(ordered, key=lambda one: one.geography)
    ]


def _never_certified(region: Region, standings: Sequence[ModelCertification]) -> list[Named]:
    """Models that are offered here and never were judged, nor are being certified."""
    if not region.is_active:
        return []
    known = {one.model_id for one in standings if one.verdict or one.status in OPEN_STANDING}
    models = list(registry.certifiable_models())
    offered = registry.offers(models, [region])
    return [
        Named(str(model.pk), model.name, model.vendor)
        for model in models
        if (model.pk, region.pk) in offered and model.pk not in known
    ]


def _certify(
    request: HttpRequest, region: Region, rows: Sequence[Row], never: Sequence[Named]
) -> dict[str, str]:
    """Where to certify in the region; nothing for who may not, or where nobody may."""
    if not request.user.has_perm(CERTIFY) or not region.is_active:
        return {}
    certifiable = [row for row in rows if row.standing.model.is_certifiable]
    return {
        "anywhere": certify_address([], [region.pk]),
        "again": certify_address(again(certifiable), [region.pk]),
        "never": certify_address([place.id for place in never], [region.pk]),
    }


SCREENS = (
    Screen("regions/", "regions", index, label=gettext_lazy("Regions"), children=("region",)),
    Screen("regions/<slug:code>/", "region", page),
)
