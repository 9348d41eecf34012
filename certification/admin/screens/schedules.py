"""The schedules: what is certified again by itself, how much of it is due, and when it comes."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certification import queries
from certification.admin.pages import idempotent_forms
from certification.admin.pages.refusals import refusals_shown
from certification.admin.pages.screen import ADMINISTER, Screen, actor, render
from certification.jobs import schedules

from .job_actions import lead_to


def page(request: HttpRequest) -> TemplateResponse:
    return render(
        request,
        "homologa/schedules/schedules.html",
        {
            "title": _("Schedules"),
            "lines": queries.schedules.lines(timezone.now()),
            "may_edit": request.user.has_perm(ADMINISTER),
        },
    )


@idempotent_forms.on("schedules")
def run_now(request: HttpRequest, schedule_id: UUID) -> HttpResponseRedirect:
    """Opens what is due now, whatever the hour and the day's limit say."""
    with refusals_shown(request):
        opened = schedules.open_now(schedule_id, actor(request))
        if opened is not None:
            return lead_to(request, opened)
        messages.info(request, _("Nothing is due: every certification of this schedule holds."))
    return redirect("admin:schedules")


# Django's, in which a schedule is edited.
FORMS = tuple(f"certification_schedule_{form}" for form in ("add", "change", "delete", "history"))
SCREENS = (
    Screen("schedules/", "schedules", page, label=gettext_lazy("Schedules"), children=FORMS),
    Screen("schedules/<uuid:schedule_id>/run/", "schedule_run", run_now, ADMINISTER),
)
