"""Actions on a job; each redirects to a page that shows the result."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from certification import exports, queries
from certification.accounts.audit import Actor
from certification.admin.pages import idempotent_forms, query_params
from certification.admin.pages.opened_jobs import redirect_to_job
from certification.admin.pages.refusals import refusals_shown, too_many
from certification.admin.pages.screen import CERTIFY, Screen, actor, render
from certification.errors import JobNotFound, TooManyExports, UnknownFormat
from certification.exports.download import download
from certification.jobs import lifecycle, reopening
from certification.models import CertificationJob
from certification.queries.filters.pairs import PairFilter
from certification.states import OPEN_JOB


def cancel_job(request: HttpRequest, job_id: UUID) -> HttpResponseBase:
    """Asks for confirmation first: a cancelled job cannot be resumed."""
    if request.method == "POST":
        return _act(
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


@idempotent_forms.posted_from("job", "job_id")
def pause_job(request: HttpRequest, job_id: UUID) -> HttpResponseRedirect:
    return _act(
        request,
        job_id,
        lifecycle.pause,
        _("The job is paused: what runs is finished, no more begins."),
    )


@idempotent_forms.posted_from("job", "job_id")
def resume_job(request: HttpRequest, job_id: UUID) -> HttpResponseRedirect:
    return _act(request, job_id, lifecycle.resume, _("The job goes on."))


@idempotent_forms.posted_from("job", "job_id")
def retry_failed(request: HttpRequest, job_id: UUID) -> HttpResponseRedirect:
    """Opens a job of the failed, blocked and inconclusive pairs, or of those in the form alone."""
    chosen = query_params.uuids(request.POST.getlist("certification"))
    with refusals_shown(request):
        opened = reopening.retry_failed(job_id, chosen, idempotent_forms.open_request(request))
        return redirect_to_job(request, opened)
    return redirect("admin:job", job_id)


def export_job(request: HttpRequest, job_id: UUID, format_name: str) -> HttpResponseBase:
    """Exports the pairs that match the parameters of PairFilter; it ignores others."""
    wanted = {name: value for name, value in request.GET.items() if name in PairFilter.base_filters}
    try:
        job = queries.jobs.get(job_id)
        report = exports.of_job(job, queries.pairs.search(job, wanted))
        return download(request, format_name, report)
    except TooManyExports as error:
        return too_many(request, error)
    except (JobNotFound, UnknownFormat) as error:
        raise Http404(error.message) from None


def _act(
    request: HttpRequest,
    job_id: UUID,
    act: Callable[[UUID, Actor], CertificationJob],
    success: str,
) -> HttpResponseRedirect:
    with refusals_shown(request):
        act(job_id, actor(request))
        messages.success(request, success)
    return redirect("admin:job", job_id)


JOB = "jobs/<uuid:job_id>"
SCREENS = (
    Screen(f"{JOB}/cancel/", "job_cancel", cancel_job, CERTIFY),
    Screen(f"{JOB}/pause/", "job_pause", pause_job, CERTIFY),
    Screen(f"{JOB}/resume/", "job_resume", resume_job, CERTIFY),
    Screen(f"{JOB}/retry/", "job_retry", retry_failed, CERTIFY),
    Screen(f"{JOB}/export/<slug:format_name>/", "job_export", export_job),
)
