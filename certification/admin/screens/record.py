"""The record of a certification: every check with its evidence, and the records before it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from certification import queries
from certification.admin.pages import idempotent_forms
from certification.admin.pages.opened_jobs import redirect_to_job
from certification.admin.pages.refusals import refusals_shown
from certification.admin.pages.screen import CERTIFY, Screen, render
from certification.admin.wording import durations, routes
from certification.engine.checks import CHECKS
from certification.errors import CertificationNotFound
from certification.jobs import opening
from certification.jobs.requests import Options
from certification.models import JobCertification
from certification.outcomes.advice import explain
from certification.states import RouteKind, RouteOutcome

PREVIOUS_RECORDS = 30
# In the units of the SVG; the page scales it.
WIDTH, HEIGHT, MARGIN = 640, 140, 14
CHECK_STATUSES = {
    "PASSED": pgettext_lazy("verdict", "passed"),
    "FAILED": pgettext_lazy("verdict", "failed"),
    "SKIPPED": pgettext_lazy("verdict", "skipped"),
    "ERROR": pgettext_lazy("verdict", "error"),
}

TITLES = {check.id: check.title for check in CHECKS}


@dataclass(frozen=True)
class Dot:
    """A score in the chart. Coordinates are texts with a decimal point: SVG takes no comma."""

    x: str
    y: str
    record: JobCertification


@dataclass(frozen=True)
class Change:
    title: str
    before: float
    now: float

    @property
    def is_better(self) -> bool:
        return self.now > self.before


def record_page(request: HttpRequest, certification_id: UUID) -> TemplateResponse:
    pair = _find(certification_id)
    checks = _checks(pair)
    before = queries.pairs.previous_records(pair, PREVIOUS_RECORDS)
    reason, advice = explain(pair.error_category)
    scored = [record for record in reversed([pair, *before]) if record.score is not None]
    dots = _dots(scored)
    return render(
        request,
        "homologa/record/record.html",
        {
            "title": pair.model.name,
            "subtitle": pair.region_id,
            "pair": pair,
            "took": durations.of_ms(pair.duration_ms),
            "route_mark": routes.mark_of(pair.passed, pair.route_kind),
            "is_warned": queries.pairs.is_warned(pair),
            "reason": reason,
            "advice": advice,
            "checks": checks,
            "routes": _routes(pair),
            "allowed_kinds": routes.labels_of(pair.job.config.get("routes", ())),
            "abilities": _abilities(pair),
            "attempts": queries.pairs.attempts_of(pair),
            "before": before,
            "changes": _changes(pair, before[0], checks) if before else [],
            "last_time": before[0] if before else None,
            "dots": dots,
            "line": " ".join(f"{dot.x},{dot.y}" for dot in dots),
        },
    )


@idempotent_forms.posted_from("certification", "certification_id")
def certify_again(request: HttpRequest, certification_id: UUID) -> HttpResponseRedirect:
    """Uses only the routes that the job of the record allowed, perhaps for data residency."""
    pair = _find(certification_id)
    options = Options(routes=Options.of_config(pair.job.config).routes)
    with refusals_shown(request):
        opened = opening.open_for_models(
            [str(pair.model_id)],
            [pair.region_id],
            idempotent_forms.open_request(request, options),
        )
        return redirect_to_job(request, opened)
    return redirect("admin:certification", certification_id)


def _find(certification_id: UUID) -> JobCertification:
    try:
        return queries.pairs.get(certification_id)
    except CertificationNotFound as error:
        raise Http404(error.message) from None


def _checks(pair: JobCertification) -> list[dict[str, Any]]:
    evidence = getattr(pair, "evidence", None)
    return [_check(result) for result in (evidence.results if evidence else [])]


def _check(result: Mapping[str, Any]) -> dict[str, Any]:
    error = result["error"]
    reason, advice = explain(error["category"]) if error else ("", "")
    return {
        **result,
        "title": _(result["title"]),
        "status_label": CHECK_STATUSES.get(result["status"], result["status"]),
        "note": _sentence(result["note"]),
        "reason": reason,
        "advice": advice,
        "calls": [
            {**call, "request": _readable(call["request"]), "response": _readable(call["response"])}
            for call in result["calls"]
        ],
    }


def _sentence(note: Mapping[str, Any] | None) -> str:
    if not note or not note["text"]:
        return ""
    params = note["params"] or {}
    if (check := params.get("check")) in TITLES:
        params = {**params, "check": f"“{_(TITLES[check])}”"}
    return _(note["text"]) % params if params else _(note["text"])


def _readable(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _routes(pair: JobCertification) -> list[dict[str, Any]]:
    """Returns every route with what came of it, worded."""
    return [
        {
            **route,
            "kind_label": RouteKind(route["kind"]).label,
            "outcome_label": RouteOutcome(route["outcome"]).label,
            "reason": routes.reason_of(route, pair.routes),
            "part": routes.part_of(route) if route["id"] == pair.route_id else "",
        }
        for route in pair.routes
    ]


def _abilities(pair: JobCertification) -> list[dict[str, Any]]:
    """Returns what is declared of each ability and what the checks showed; None if unknown."""
    declared = pair.model.capabilities
    return [
        {
            "name": name,
            "declared": declared.get(name),
            "proved": pair.proved.get(name),
            "is_contradicted": name in pair.proved
            and declared.get(name, pair.proved[name]) != pair.proved[name],
        }
        for name in sorted({*declared, *pair.proved})
    ]


def _changes(
    pair: JobCertification, last_time: JobCertification, checks: Sequence[Mapping[str, Any]]
) -> list[Change]:
    before = queries.pairs.points_of(last_time.pk)
    return [
        Change(check["title"], before[check["id"]], check["points"])
        for check in checks
        if check["status"] != "SKIPPED"
        and before.get(check["id"], check["points"]) != check["points"]
    ]


def _dots(scored: Sequence[JobCertification]) -> list[Dot]:
    """Returns the oldest on the left, a score of 0 on the lowest line, 100 on the highest."""
    step = (WIDTH - 2 * MARGIN) / max(1, len(scored) - 1)
    return [
        Dot(
            f"{MARGIN + index * step:.1f}",
            f"{HEIGHT - MARGIN - (record.score or 0) / 100 * (HEIGHT - 2 * MARGIN):.1f}",
            record,
        )
        for index, record in enumerate(scored)
    ]


PATH = "certifications/<uuid:certification_id>/"
SCREENS = (
    Screen(PATH, "certification", record_page),
    Screen(f"{PATH}again/", "certify_again", certify_again, CERTIFY),
)
