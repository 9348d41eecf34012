"""The list of models, and the page of one: its standings by region, compared with others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certification import queries
from certification.admin.charts.score_lines import ScoreLine
from certification.admin.comparison import entities
from certification.admin.comparison.entities import Entity
from certification.admin.comparison.index import entries, sortings
from certification.admin.comparison.metrics import LATENCY, SCORE
from certification.admin.comparison.rows import (
    bars,
    cards,
    certify_address,
    drifts,
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
from certification.admin.wording import durations, modalities, routes, verdicts
from certification.models import ModelCertification
from certification.queries.filters.models import StaffModelFilter
from certification.queries.routes import KnownRoute, RegionRoutes
from certification.states import OPEN_STANDING, RouteKind, RouteOutcome
from models_registry import queries as registry
from models_registry.models import AIModel, Kind

RECORDS_SHOWN = 20


@dataclass(frozen=True)
class Drift:
    """An ability that was seen to be other than the catalogue declares, and the regions."""

    ability: str
    declared: bool
    regions: Sequence[str]


@dataclass(frozen=True)
class Seen:
    """One ability in one region; `shown` is None if no check tested it."""

    ability: str
    shown: bool | None
    is_drift: bool


@dataclass(frozen=True)
class ShownRoute:
    """A route with its texts. `prefix` is what its id has before the model's own."""

    route: KnownRoute
    prefix: str
    outcome: str
    label: Any
    reason: Any


@dataclass(frozen=True)
class ShownRoutes:
    """The routes in a region, those of each kind in a cell of their own."""

    place: RegionRoutes
    cells: Sequence[tuple[Any, Sequence[ShownRoute]]]
    age: str


def model_list(request: HttpRequest) -> TemplateResponse:
    given = request.GET
    wanted = {name: given.get(name, "").strip() for name in ("search", "vendor", "kind")}
    models = StaffModelFilter.narrow(registry.all_models(), wanted)
    found = [(entities.of_model(model), model) for model in models]
    return render(
        request,
        "homologa/model/list.html",
        {
            "title": _("Models"),
            "entries": entries(found, queries.summaries.by_axis("models"), request),
            "sortings": sortings(request),
            "headings": verdicts.PLURALS.items(),
            "wanted": wanted,
            "is_filtered": any(wanted.values()),
            "hidden_fields": hidden_fields(request, *wanted),
            "vendors": _vendors(),
            "kinds": Kind.choices,
        },
    )


def model_page(request: HttpRequest, model_id: UUID) -> TemplateResponse:
    models = {str(one.pk): one for one in registry.all_models()}
    model = models.get(str(model_id))
    if model is None:
        raise Http404
    others = [models[id] for id in chosen_others(request, str(model.pk)) if id in models]
    sides = [entities.of_model(one) for one in (model, *others)]
    standings = queries.standings.listed(models=[one.pk for one in (model, *others)])
    mine = [standing for standing in standings if standing.model_id == model.pk]
    now = timezone.now()
    all_rows = rows_of(mine, entities.region_of, now)
    wanted = {name: request.GET.get(name, "").strip() for name in ("status", "route")}
    rows = [
        row
        for row in all_rows
        if queries.standings.matches(
            row.standing, verdict=wanted["status"], route_kind=wanted["route"]
        )
    ]
    judged = [standing.region_id for standing in mine if standing.passed is not None]
    histories = queries.score_histories.by_region(model.pk, judged, RECORDS_SHOWN)
    offers = list(registry.offers_of(model))
    never = _never_certified(model, mine, offers)
    region_routes = queries.routes.of_model(model, offers, mine)
    abilities = _abilities(model, mine)
    proved = [row for row in all_rows if row.standing.proved]
    return render(
        request,
        "homologa/model/model.html",
        {
            "title": model.name,
            "model": model,
            "reads": modalities.in_words(model.input_modalities),
            "writes": modalities.in_words(model.output_modalities),
            "cards": cards(queries.summaries.summary(mine)),
            "rows": rows,
            "total": len(all_rows),
            "wanted": wanted,
            "is_filtered": any(wanted.values()),
            "statuses": verdicts.CHOICES,
            "route_kinds": RouteKind.choices,
            "scores": bars(all_rows, SCORE, 100),
            "latencies": bars(all_rows, LATENCY),
            "routes": [_routes(place, now) for place in region_routes],
            "route_counts": _counts(region_routes),
            "abilities": abilities,
            "seen": [(row.entity, _seen(abilities, row.standing)) for row in proved],
            "drifts": _drifts(model, mine),
            "score_lines": [ScoreLine(region, records) for region, records in histories.items()],
            "never": never,
            "comparison": (
                side_by_side("models", sides, standings, entities.region_of, chosen_metric(request))
                if others
                else None
            ),
            "chosen": [*(str(one.pk) for one in others), *[""] * (MAX_OTHERS - len(others))],
            "choices": _choices(model, models.values()),
            "filter_hidden_fields": hidden_fields(request, *wanted),
            "comparison_hidden_fields": hidden_fields(request, "with"),
            "metric_hidden_fields": hidden_fields(request, "metric"),
            "certify": _certify(request, model, recertifiable_ids(rows), never),
        },
    )


def _vendors() -> list[str]:
    rows = registry.all_models().order_by().values_list("vendor", flat=True).distinct()
    return sorted(rows, key=str.casefold)


def _choices(model: AIModel, models: Collection[AIModel]) -> list[tuple[Any, list[Entity]]]:
    """Returns the other models, those of the same kind first."""
    same_kind = [
        entities.of_model(one) for one in models if one.kind == model.kind and one.pk != model.pk
    ]
    other_kinds = [entities.of_model(one) for one in models if one.kind != model.kind]
    groups = [(_("Same kind"), same_kind), (_("Other kinds"), other_kinds)]
    return [(label, group) for label, group in groups if group]


def _never_certified(
    model: AIModel, standings: Sequence[ModelCertification], offers: Sequence[Any]
) -> list[Entity]:
    """Returns the regions that offer the model, have never judged it and are not certifying it."""
    if not model.is_certifiable:
        return []
    known = {one.region_id for one in standings if one.verdict or one.status in OPEN_STANDING}
    return [
        entities.of_region(offer.region)
        for offer in offers
        if offer.region.is_active and not offer.is_over and offer.region_id not in known
    ]


def _routes(place: RegionRoutes, now: datetime) -> ShownRoutes:
    at = place.standing and place.standing.completed_at
    return ShownRoutes(
        place,
        [
            (kind.label, [_route(one, place) for one in place.routes if one.kind == kind])
            for kind in RouteKind
        ],
        durations.days_ago(durations.days_between(at, now)) if at else "",
    )


def _route(route: KnownRoute, place: RegionRoutes) -> ShownRoute:
    prefix = "" if route.kind == RouteKind.IN_REGION else route.id.partition(".")[0]
    if route.result is None:
        return ShownRoute(route, prefix, "", _("not judged"), route.because and route.because.label)
    results = place.standing.routes if place.standing else ()
    outcome = RouteOutcome(route.result["outcome"])
    reason = routes.reason_of(route.result, results)
    return ShownRoute(route, prefix, outcome, outcome.label, reason)


def _counts(found: Sequence[RegionRoutes]) -> list[tuple[str, Any, int]]:
    """Returns outcome, label and number of routes, of what there is any."""
    labels = {**dict(RouteOutcome.choices), "": _("not judged")}
    numbers = queries.routes.counts(found)
    return [(one, labels[one], number) for one, number in numbers.items() if number]


def _abilities(
    model: AIModel, standings: Sequence[ModelCertification]
) -> list[tuple[str, bool | None]]:
    """Returns every ability that is declared or was seen, with what is declared."""
    seen = {name for standing in standings for name in standing.proved}
    return [(name, model.capabilities.get(name)) for name in sorted({*model.capabilities, *seen})]


def _seen(abilities: Sequence[tuple[str, bool | None]], standing: ModelCertification) -> list[Seen]:
    drifting = drifts(standing.model.capabilities, standing.proved)
    return [
        Seen(name, standing.proved.get(name), name in drifting) for name, _declared in abilities
    ]


def _drifts(model: AIModel, standings: Sequence[ModelCertification]) -> list[Drift]:
    regions: dict[str, list[str]] = {}
    for standing in standings:
        for name in drifts(model.capabilities, standing.proved):
            regions.setdefault(name, []).append(standing.region_id)
    return [Drift(name, model.capabilities[name], regions[name]) for name in sorted(regions)]


def _certify(
    request: HttpRequest, model: AIModel, shown: Sequence[str], never: Sequence[Entity]
) -> dict[str, str]:
    """Returns the addresses of the certify form with the model ticked; {} without the right, or if
    the model cannot be certified."""
    if not request.user.has_perm(CERTIFY) or not model.is_certifiable:
        return {}
    id = str(model.pk)
    return {
        "anywhere": certify_address([id]),
        "again": certify_address([id], shown),
        "never": certify_address([id], [entity.id for entity in never]),
    }


SCREENS = (
    Screen("models/", "models", model_list, label=gettext_lazy("Models"), children=("model",)),
    Screen("models/<uuid:model_id>/", "model", model_page),
)
