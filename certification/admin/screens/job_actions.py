"""What an operator does to a job; each leads back to a page that shows what came of it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from certification import exports, queries
from certification.accounts.audit import Actor
from certification.admin.pages import idempotent_forms, query_params
from certification.admin.pages.refusals import refusals_shown
from certification.admin.pages.screen import CERTIFY, Screen, actor, render
from certification.errors import JobNotFound, UnknownFormat
from certification.exports.download import download
from certification.jobs import lifecycle, reopening, requests
from certification.models import CertificationJob
from certification.states import OPEN_JOB


def cancel(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """Asks first: a cancelled job cannot be resumed."""
    if request.method == "POST":
        return _done(
            request,
            job_id,
            lifecycle.cancel,
            _("The job is cancelled: what waited will not be run."),
        )
    try:
        found = queries.jobs.get(job_id)
    except JobNotFound as error:
        raise Http404(error.message) from None
    if found.status not in OPEN_JOB:
        messages.info(request, _("The job has ended already: there is nothing to cancel."))
        return redirect("admin:job", job_id)
    progress = queries.jobs.progress(found)
    return render(
        request,
        "homologa/jobs/cancel.html",
        {
            "title": _("Cancel job %(id)s?") % {"id": str(job_id)[:8]},
            "job": found,
            "progress": progress,
            "open_pairs": progress.total - progress.processed,
        },
    )


@idempotent_forms.on("job", "job_id")
def pause(request: HttpRequest, job_id: UUID) -> HttpResponseRedirect:
    return _done(
        request,
        job_id,
        lifecycle.pause,
        _("The job is paused: what runs is finished, no more begins."),
    )


@idempotent_forms.on("job", "job_id")
def resume(request: HttpRequest, job_id: UUID) -> HttpResponseRedirect:
    return _done(request, job_id, lifecycle.resume, _("The job goes on."))


@idempotent_forms.on("job", "job_id")
def retry(request: HttpRequest, job_id: UUID) -> HttpResponseRedirect:
    """The failed and inconclusive ones in a job of their own; those named only, if any are."""
    chosen = query_params.uuids(request.POST.getlist("certification"))
    with refusals_shown(request):
        opened = reopening.retry_failed(job_id, chosen, idempotent_forms.open_request(request))
        return lead_to(request, opened)
    return redirect("admin:job", job_id)


def export(request: HttpRequest, job_id: UUID, format_name: str) -> HttpResponseBase:
    try:
        return download(request, format_name, exports.of_job(queries.jobs.get(job_id)))
    except (JobNotFound, UnknownFormat) as error:
        raise Http404(error.message) from None


def lead_to(request: HttpRequest, opened: requests.Opened) -> HttpResponseRedirect:
    """To a job that was opened, saying what it will do and what it leaves out."""
    total = opened.job.total_models
    messages.success(
        request,
        ngettext(
            "A new job certifies %(count)s pair again.",
            "A new job certifies %(count)s pairs again.",
            total,
        )
        % {"count": total},
    )
    for skipped in opened.skipped:
        messages.warning(
            request,
            _("The model %(model)s is left out: %(reason)s.")
            % {"model": skipped.api_model_id, "reason": skipped.reason},
        )
    return redirect("admin:job", opened.job.pk)


def _done(
    request: HttpRequest,
    job_id: UUID,
    act: Callable[[UUID, Actor], CertificationJob],
    told: str,
) -> HttpResponseRedirect:
    with refusals_shown(request):
        act(job_id, actor(request))
        messages.success(request, told)
    return redirect("admin:job", job_id)


JOB = "jobs/<uuid:job_id>"
SCREENS = (
    Screen(f"{JOB}/cancel/", "job_cancel", cancel, CERTIFY),
    Screen(f"{JOB}/pause/", "job_pause", pause, CERTIFY),
    Screen(f"{JOB}/resume/", "job_resume", resume, CERTIFY),
    Screen(f"{JOB}/retry/", "job_retry", retry, CERTIFY),
    Screen(f"{JOB}/export/<slug:format_name>/", "job_export", export),
)
