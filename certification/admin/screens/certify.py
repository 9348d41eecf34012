"""The certify form: choose models and regions, see a forecast, start a job."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certification import queries
from certification.admin.pages import idempotent_forms, query_params
from certification.admin.pages.screen import CERTIFY, Screen, render, render_fragment
from certification.engine import ON_DEMAND
from certification.errors import CertificationError
from certification.jobs import opening, selection
from certification.jobs.requests import NamedPair, Options
from certification.jobs.selection import Selection
from certification.states import RouteKind
from models_registry import queries as registry
from models_registry.models import Geography

ALL, SOME = "all", "some"


def certify_form(request: HttpRequest) -> HttpResponse:
    """GET: the form and a preview of its choices. POST: what was ticked in the matrix."""
    if request.method == "POST":
        return _from_the_matrix(request)
    given = request.GET
    ticked = given.getlist("models")
    scope = given.get("scope") or (SOME if ticked else ALL)
    regions = given.getlist("regions")
    options = _options(given)
    context = {
        "title": _("Certify"),
        "scope": scope,
        "ticked": set(ticked),
        "chosen_regions": set(regions),
        "options": options,
        **(
            _preview(lambda: selection.select(None if scope == ALL else ticked, regions), options)
            if given
            else {}
        ),
        "start": {
            "scope": scope,
            "models": " ".join(ticked) if scope == SOME else "",
            "regions": " ".join(regions),
        },
    }
    if "preview" in given:
        return render_fragment(request, "homologa/certify/preview.html", context)
    return render(request, "homologa/certify/form.html", {**context, **_choices()})


@idempotent_forms.posted_from("certify")
def start_job(request: HttpRequest) -> HttpResponse:
    """Opens the job that the preview showed, whatever has been ticked in the form since."""
    given = request.POST
    open_request = idempotent_forms.open_request(request, _options(given))
    regions = given.get("regions", "").split()
    try:
        if pairs := _pairs(given.get("pairs", "")):
            opened = opening.open_pairs(pairs, open_request)
        elif given.get("scope") == ALL:
            opened = opening.open_for_all(regions, open_request)
        else:
            opened = opening.open_for_models(given.get("models", "").split(), regions, open_request)
    except CertificationError as error:
        messages.error(request, error.message)
        return redirect("admin:certify")
    messages.success(
        request,
        ngettext(
            "Started: %(pairs)d pair is on its way.",
            "Started: %(pairs)d pairs are on their way.",
            opened.job.total_models,
        )
        % {"pairs": opened.job.total_models},
    )
    return redirect("admin:job", opened.job.pk)


def _from_the_matrix(request: HttpRequest) -> HttpResponse:
    """Shows single cells as a list of pairs; fills the form with whole rows and columns."""
    given = request.POST
    models, regions = given.getlist("models"), given.getlist("regions")
    pairs = _pairs(given.get("pairs", ""))
    if not (models or regions or pairs):
        messages.warning(request, _("Nothing was ticked."))
        return redirect("admin:matrix")
    if models or regions:
        models = models or given.get("shown_models", "").split()
        regions = regions or given.get("shown_regions", "").split()
    if not pairs:
        query = urlencode({"scope": SOME, "models": models, "regions": regions}, doseq=True)
        return redirect(f"{reverse('admin:certify')}?{query}")
    grid = [(model, region) for model in models for region in regions]
    pairs = list(dict.fromkeys([*grid, *pairs]))
    options = _options(given)
    context = {
        "title": _("Certify"),
        "options": options,
        **_preview(lambda: selection.select_pairs(pairs), options),
        "start": {"pairs": " ".join(f"{model}/{region}" for model, region in pairs)},
    }
    return render(request, "homologa/certify/pairs.html", context)


def _preview(choose: Any, options: Options) -> dict[str, Any]:
    """Returns the forecast of a job, or the reason why it cannot be opened."""
    try:
        chosen: Selection = choose()
    except CertificationError as error:
        return {"refusal": error.message}
    return {
        "forecast": queries.forecast.estimate(
            chosen.pairs,
            probe_unoffered=options.probe_unoffered,
            checks=options.checks,
            routes=options.allowed_routes,
        ),
        "skipped": chosen.skipped,
    }


def _choices() -> dict[str, Any]:
    """Returns models by vendor and regions by geography; two queries."""
    models = list(registry.certifiable_models())
    order = list(Geography.values)
    regions = sorted(registry.active_regions(), key=lambda r: (order.index(r.geography), r.pk))
    return {
        "vendors": [(v, list(rows)) for v, rows in groupby(models, key=lambda m: m.vendor)],
        "route_kinds": [
            choice for choice in RouteKind.choices if choice[0] in settings.ALLOWED_ROUTES
        ],
        "on_demand": [(check.id, _(check.form_label)) for check in ON_DEMAND],
        "geographies": [
            (Geography(code).label, list(rows))
            for code, rows in groupby(regions, key=lambda r: r.geography)
        ],
    }


def _options(given: Any) -> Options:
    return Options(
        probe_unoffered=bool(given.get("probe_unoffered")),
        checks=tuple(check.id for check in ON_DEMAND if given.get(check.id)),
        routes=tuple(
            query_params.choices(" ".join(given.getlist("routes")).split(), RouteKind.values)
        ),
    )


def _pairs(text: str) -> Sequence[NamedPair]:
    """Parses "model/region model/region"."""
    return [
        (model, region) for model, _slash, region in (pair.partition("/") for pair in text.split())
    ]


SCREENS = (
    Screen("certify/", "certify", certify_form, CERTIFY, label=gettext_lazy("Certify")),
    Screen("certify/start/", "certify_start", start_job, CERTIFY),
)
