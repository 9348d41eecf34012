"""Schedules: what is certified again automatically, how much of it is due, the next round."""

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
from certification.admin.pages.opened_jobs import redirect_to_job
from certification.admin.pages.refusals import refusals_shown
from certification.admin.pages.screen import ADMINISTER, Screen, actor, render
from certification.admin.wording import routes
from certification.jobs import schedules


def schedule_list(request: HttpRequest) -> TemplateResponse:
    return render(
        request,
        "homologa/schedules/schedules.html",
        {
            "title": _("Schedules"),
            "lines": [
                (line, routes.labels_of(line.schedule.routes))
                for line in queries.schedules.lines(timezone.now())
            ],
            "may_edit": request.user.has_perm(ADMINISTER),
        },
    )


@idempotent_forms.posted_from("schedules")
def run_schedule(request: HttpRequest, schedule_id: UUID) -> HttpResponseRedirect:
    """Opens what is due now, regardless of the hours and the daily limit."""
    with refusals_shown(request):
        opened = schedules.open_now(schedule_id, actor(request))
        if opened is not None:
            return redirect_to_job(request, opened)
        messages.info(request, _("Nothing is due: every certification of this schedule holds."))
    return redirect("admin:schedules")


# Django's pages, on which a schedule is edited.
FORMS = tuple(f"certification_schedule_{form}" for form in ("add", "change", "delete", "history"))
SCREENS = (
    Screen(
        "schedules/", "schedules", schedule_list, label=gettext_lazy("Schedules"), children=FORMS
    ),
    Screen("schedules/<uuid:schedule_id>/run/", "schedule_run", run_schedule, ADMINISTER),
)
