"""The job history, and the details of a job: below its row, or on a page of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from certification import exports, queries
from certification.admin.pages import query_params
from certification.admin.pages.pager import Pager, pager, requested_page
from certification.admin.pages.screen import Screen, render, render_fragment
from certification.admin.wording import audit_entries, durations, routes
from certification.admin.wording.routes import RouteMark
from certification.errors import JobNotFound
from certification.figures import percent
from certification.jobs import reopening, selection
from certification.models import CertificationJob, JobCertification
from certification.outcomes.advice import explain
from certification.states import (
    CLAIMABLE_JOB,
    FAILED_PAIR,
    OPEN_JOB,
    JobStatus,
    JobType,
    PairStatus,
    RouteKind,
)
from models_registry import queries as registry

JOBS_PER_PAGE = 20
PAIRS_PER_PAGE = 25
CHANGED = "CHANGED"
RESULTS = {
    "": pgettext_lazy("results", "All"),
    PairStatus.PASSED.value: pgettext_lazy("results", "Passed"),
    PairStatus.FAILED.value: pgettext_lazy("results", "Failed"),
    PairStatus.BLOCKED.value: pgettext_lazy("results", "Blocked"),
    PairStatus.INCONCLUSIVE.value: pgettext_lazy("results", "Inconclusive"),
    CHANGED: pgettext_lazy("results", "Different from last time"),
    PairStatus.UNSUPPORTED.value: pgettext_lazy("results", "Unsupported"),
    PairStatus.CANCELLED.value: pgettext_lazy("results", "Cancelled"),
    PairStatus.PROCESSING.value: pgettext_lazy("results", "Processing"),
    PairStatus.QUEUED.value: pgettext_lazy("results", "Queued"),
    PairStatus.PENDING.value: pgettext_lazy("results", "Pending"),
}


@dataclass(frozen=True)
class PairRow:
    """`before` is the status of the pair's previous record, if it was another one."""

    pair: JobCertification
    took: str
    is_warned: bool
    reason: str
    advice: str
    before: str
    before_label: str
    may_be_retried: bool
    route: RouteMark | None


@dataclass(frozen=True)
class Card:
    label: str
    figure: int
    share: str = ""
    status: str = ""
    query: str = ""


def job_history(request: HttpRequest) -> TemplateResponse:
    wanted = _wanted(request)
    page = requested_page(
        request, lambda number: queries.job_history.search(wanted, number, JOBS_PER_PAGE)
    )
    opened_id = query_params.uuid(request.GET.get("open", ""))
    opened = next((line for line in page.items if line.job.pk == opened_id), None)
    return render(
        request,
        "homologa/jobs/history.html",
        {
            "title": _("Jobs"),
            "lines": [_line(line) for line in page.items],
            "pager": pager(request, page),
            "opened_id": opened and opened.job.pk,
            "given": request.GET,
            "is_filtered": any(request.GET.get(name) for name in FILTERS),
            "statuses": JobStatus.choices,
            "types": JobType.choices,
            "regions": registry.active_regions(),
            **(_opened(request, opened) if opened else {}),
        },
    )


def job_row(request: HttpRequest, job_id: UUID) -> TemplateResponse:
    """Returns the row of one job, to replace the one on the page."""
    found = _find(job_id)
    row = _line(queries.job_history.JobLine(found, queries.jobs.progress(found)))
    return render_fragment(request, "homologa/jobs/row.html", {"line": row})


def job_page(request: HttpRequest, job_id: UUID) -> TemplateResponse:
    found = _find(job_id)
    job_line = queries.job_history.JobLine(found, queries.jobs.progress(found))
    return render(
        request,
        "homologa/jobs/job.html",
        {
            "title": _title(found),
            "line": _line(job_line),
            "audit_lines": [audit_entries.describe(entry) for entry in queries.audit.of_job(found)],
            **_opened(request, job_line),
        },
    )


def opened_job(request: HttpRequest, job_id: UUID) -> TemplateResponse:
    """Returns the details of a job without a page around them."""
    found = _find(job_id)
    context = _opened(request, queries.job_history.JobLine(found, queries.jobs.progress(found)))
    return render_fragment(request, "homologa/jobs/opened.html", context)


def _find(job_id: UUID) -> CertificationJob:
    try:
        return queries.jobs.get(job_id)
    except JobNotFound as error:
        raise Http404(error.message) from None


def _title(job: CertificationJob) -> str:
    return _("Job %(id)s") % {"id": str(job.pk)[:8]}


def _line(line: queries.job_history.JobLine) -> dict[str, Any]:
    job = line.job
    return {
        "job": job,
        "progress": line.progress,
        "took": _took(job),
        "is_live": job.completed_at is None,
        "more_regions": max(0, len(job.regions) - 2),
    }


def _took(job: CertificationJob) -> str:
    if job.completed_at is None and job.started_at is not None:
        return durations.in_words(timezone.now() - job.started_at)
    return durations.of_ms(job.duration_ms)


FILTERS = ("status", "type", "region", "model", "who", "since", "until")


def _wanted(request: HttpRequest) -> dict[str, Any]:
    given = {name: request.GET.get(name, "").strip() for name in FILTERS}
    since, until = query_params.between(given["since"], given["until"])
    return {**given, "since": since, "until": until}


def _opened(request: HttpRequest, line: queries.job_history.JobLine) -> dict[str, Any]:
    """Returns the context of a job's details. Their query parameters have other names than those of
    the history, because one address has both."""
    job = line.job
    search = request.GET.get("pair_search", "").strip()
    region = request.GET.get("pair_region", "")
    result = request.GET.get("result", "")
    route = request.GET.get("pair_route", "")
    wanted = {
        "search": search,
        "region": region,
        "status": "" if result == CHANGED else result,
        "routeKind": route,
    }
    pairs = queries.pairs.with_previous(queries.pairs.search(job, wanted))
    if result == CHANGED:
        pairs = queries.pairs.changed(pairs)
    pairs = pairs.select_related("model__provider")
    found = requested_page(
        request, lambda number: queries.pages.page_of(pairs, number, PAIRS_PER_PAGE), "pair_page"
    )
    pages: Pager = pager(request, found, "pair_page")
    return {
        "job": job,
        "took": _line(line)["took"],
        "is_live": job.completed_at is None,
        "is_left_alone": job.status in CLAIMABLE_JOB and not queries.workers.live().exists(),
        "cards": _cards(line.progress),
        "pairs": [_row(pair) for pair in found.items],
        "pairs_pager": pages,
        "has_pairs": found.total > 0 or job.certifications.exists(),
        "search": search,
        "pair_region": region,
        "result": result,
        "results": RESULTS.items(),
        "allowed_kinds": routes.labels_of(job.config.get("routes", ())),
        "route": route,
        "route_kinds": RouteKind.choices,
        "export_query": urlencode({name: value for name, value in wanted.items() if value}),
        "formats": list(exports.FORMATS),
        "is_pausable": job.status in CLAIMABLE_JOB,
        "is_paused": job.status == JobStatus.PAUSED,
        "is_cancellable": job.status in OPEN_JOB,
        "failures": reopening.count_retryable(job) if line.progress.failure_count else 0,
    }


def _cards(progress: queries.jobs.Progress) -> list[Card]:
    def share(count: int) -> str:
        return percent(count / progress.processed) if progress.processed else ""

    cards = [
        Card(_("Total"), progress.total, query="?result="),
        Card(_("Processed"), progress.processed),
        _counted(PairStatus.PASSED, progress.passed, share(progress.passed)),
        _counted(PairStatus.FAILED, progress.failed, share(progress.failed)),
        _counted(PairStatus.BLOCKED, progress.blocked),
        _counted(PairStatus.INCONCLUSIVE, progress.inconclusive),
        _counted(PairStatus.UNSUPPORTED, progress.unsupported),
    ]
    if progress.cancelled:
        cards.append(_counted(PairStatus.CANCELLED, progress.cancelled))
    return cards


def _counted(status: PairStatus, count: int, share: str = "") -> Card:
    return Card(str(RESULTS[status.value]), count, share, status, f"?result={status}")


def _row(pair: JobCertification) -> PairRow:
    # The annotation of queries.pairs.with_previous.
    before: str = getattr(pair, "previous_status", None) or ""
    is_different = before != pair.status and pair.completed_at is not None
    reason, advice = explain(pair.error_category)
    return PairRow(
        pair=pair,
        took=durations.of_ms(pair.duration_ms),
        is_warned=queries.pairs.is_warned(pair),
        reason=reason,
        advice=advice,
        before=before if is_different else "",
        before_label=str(PairStatus(before).label) if before and is_different else "",
        may_be_retried=pair.status in FAILED_PAIR and not selection.why_not_certifiable(pair.model),
        route=routes.mark_of(pair.passed, pair.route_kind),
    )


CHILDREN = ("job", "job_cancel", "certification")
SCREENS = (
    Screen("jobs/", "jobs", job_history, label=gettext_lazy("Jobs"), children=CHILDREN),
    Screen("jobs/<uuid:job_id>/", "job", job_page),
    Screen("jobs/<uuid:job_id>/rows/", "job_rows", opened_job),
    Screen("jobs/<uuid:job_id>/line/", "job_line", job_row),
)
