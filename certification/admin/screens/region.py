"""The list of regions, and the page of one: its standings by model, compared with others."""

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
from certification.admin.comparison import entities
from certification.admin.comparison.entities import Entity
from certification.admin.comparison.index import entries, sortings
from certification.admin.comparison.metrics import LATENCY, SCORE
from certification.admin.comparison.rows import (
    Row,
    bars,
    cards,
    certify_address,
    recertifiable_ids,
    rows_of,
)
from certification.admin.comparison.side_by_side import (
    MAX_OTHERS,
    chosen_metric,
    chosen_others,
    side_by_side,
)
from certification.admin.pages.query_params import hidden_fields
from certification.admin.pages.screen import CERTIFY, Screen, render
from certification.admin.wording import verdicts
from certification.models import ModelCertification
from certification.states import OPEN_STANDING, RouteKind
from models_registry import queries as registry
from models_registry.models import Geography, Region

FILTERS = ("search", "vendor", "status", "route")


def region_list(request: HttpRequest) -> TemplateResponse:
    search = request.GET.get("search", "").strip()
    words = search.casefold()
    found = [
        (entities.of_region(region), region)
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
            "headings": verdicts.PLURALS.items(),
            "search": search,
            "hidden_fields": hidden_fields(request, "search"),
        },
    )


def region_page(request: HttpRequest, code: str) -> TemplateResponse:
    region = queries.lookup.region_or_none(code)
    if region is None:
        raise Http404
    choices = {one.pk: one for one in registry.active_regions() if one.pk != region.pk}
    others = [choices[one] for one in chosen_others(request, region.pk) if one in choices]
    sides = [entities.of_region(one) for one in (region, *others)]
    standings = queries.standings.listed(regions=[one.pk for one in (region, *others)])
    mine = [standing for standing in standings if standing.region_id == region.pk]
    wanted = {name: request.GET.get(name, "").strip() for name in FILTERS}
    shown = [
        standing
        for standing in mine
        if queries.standings.matches(
            standing,
            vendor=wanted["vendor"],
            search=wanted["search"],
            verdict=wanted["status"],
            route_kind=wanted["route"],
        )
    ]
    rows = rows_of(shown, entities.model_of, timezone.now())
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
            "statuses": verdicts.CHOICES,
            "route_kinds": RouteKind.choices,
            "scores": bars(rows, SCORE, 100),
            "latencies": bars(rows, LATENCY),
            "never": never,
            "comparison": (
                side_by_side("regions", sides, standings, entities.model_of, chosen_metric(request))
                if others
                else None
            ),
            "chosen": [*(one.pk for one in others), *[""] * (MAX_OTHERS - len(others))],
            "choices": _choices(choices.values()),
            "filter_hidden_fields": hidden_fields(request, *wanted),
            "comparison_hidden_fields": hidden_fields(request, "with"),
            "metric_hidden_fields": hidden_fields(request, "metric"),
            "certify": _certify(request, region, rows, never),
        },
    )


def _choices(regions: Collection[Region]) -> list[tuple[Any, list[Entity]]]:
    order = list(Geography.values)
    ordered = sorted(regions, key=lambda one: (order.index(one.geography), one.pk))
    return [
        (Geography(code).label, [entities.of_region(one) for one in group])
        for code, group in groupby(ordered, key=lambda one: one.geography)
    ]


def _never_certified(region: Region, standings: Sequence[ModelCertification]) -> list[Entity]:
    """Returns the models offered here that were never judged and are not being certified."""
    if not region.is_active:
        return []
    known = {one.model_id for one in standings if one.verdict or one.status in OPEN_STANDING}
    models = list(registry.certifiable_models())
    offered = registry.offers(models, [region])
    return [
        entities.of_model(model)
        for model in models
        if (model.pk, region.pk) in offered and model.pk not in known
    ]


def _certify(
    request: HttpRequest, region: Region, rows: Sequence[Row], never: Sequence[Entity]
) -> dict[str, str]:
    """Returns the addresses of the certify form with the region ticked; {} without the right, or if
    the region is switched off."""
    if not request.user.has_perm(CERTIFY) or not region.is_active:
        return {}
    certifiable = [row for row in rows if row.standing.model.is_certifiable]
    return {
        "anywhere": certify_address([], [region.pk]),
        "again": certify_address(recertifiable_ids(certifiable), [region.pk]),
        "never": certify_address([entity.id for entity in never], [region.pk]),
    }


SCREENS = (
    Screen("regions/", "regions", region_list, label=gettext_lazy("Regions"), children=("region",)),
    Screen("regions/<slug:code>/", "region", region_page),
)
