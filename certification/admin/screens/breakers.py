"""The circuit breaker of each region, and its limit of pairs at a time."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certification import queries
from certification.admin.pages import idempotent_forms
from certification.admin.pages.refusals import refusals_shown
from certification.admin.pages.screen import ADMINISTER, CERTIFY, Screen, actor, render
from certification.outcomes.advice import explain
from certification.queue import circuit_breaker


def circuit_breakers(request: HttpRequest) -> TemplateResponse:
    found = queries.circuit_breakers.of_regions()
    return render(
        request,
        "homologa/breakers/breakers.html",
        {
            "title": _("Breakers"),
            "rows": [(breaker, *explain(breaker.reason)) for breaker in found],
            "open_count": sum(breaker.opened_at is not None for breaker in found),
            "most": circuit_breaker.MAX_LIMIT,
            "may_reset": request.user.has_perm(CERTIFY),
            "may_limit": request.user.has_perm(ADMINISTER),
        },
    )


@idempotent_forms.posted_from("breakers")
def reset_breaker(request: HttpRequest, region: str) -> HttpResponseRedirect:
    with refusals_shown(request):
        was_open = circuit_breaker.reset(region, actor(request))
        message = (
            _("The circuit of %(region)s is closed again: its waiting pairs go on.")
            if was_open
            else _("The circuit of %(region)s was not open: there was nothing to reset.")
        )
        messages.success(request, message % {"region": region})
    return redirect("admin:breakers")


@idempotent_forms.posted_from("breakers")
def set_limit(request: HttpRequest, region: str) -> HttpResponseRedirect:
    """An empty field sets the limit of the deployment."""
    text = request.POST.get("limit", "").strip()
    try:
        pairs = int(text) if text else None
    except ValueError:
        messages.error(request, _("A limit is a whole number, or empty."))
        return redirect("admin:breakers")
    with refusals_shown(request):
        circuit_breaker.set_limit(region, pairs, actor(request))
        messages.success(request, _("The limit of %(region)s is set.") % {"region": region})
    return redirect("admin:breakers")


SCREENS = (
    Screen("breakers/", "breakers", circuit_breakers, label=gettext_lazy("Breakers"), system=True),
    Screen("breakers/<slug:region>/reset/", "breaker_reset", reset_breaker, CERTIFY),
    Screen("breakers/<slug:region>/limit/", "breaker_limit", set_limit, ADMINISTER),
)
