"""The audit log: who did what, to what, through which interface."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from certification import exports, queries
from certification.admin.pages import query_params
from certification.admin.pages.pager import pager, requested_page
from certification.admin.pages.refusals import too_many
from certification.admin.pages.screen import ADMINISTER, Screen, render
from certification.admin.wording import audit_entries
from certification.errors import TooManyExports
from certification.exports import as_csv
from certification.exports.download import send
from certification.models import AuditEntry
from certification.states import AuditAction, Face

ENTRIES_PER_PAGE = 50
# Rows read from the database at a time for a file.
CHUNK = 2_000
FILTERS = ("who", "action", "face", "search", "job", "since", "until")


def audit_log(request: HttpRequest) -> TemplateResponse:
    given = _given(request)
    rows = queries.audit.search(_wanted(given)).select_related("job")
    found = requested_page(
        request, lambda number: queries.pages.page_of(rows, number, ENTRIES_PER_PAGE)
    )
    return render(
        request,
        "homologa/audit/log.html",
        {
            "title": _("Audit log"),
            "audit_lines": [audit_entries.describe(entry) for entry in found.items],
            "pager": pager(request, found),
            "given": given,
            "is_filtered": any(given.values()),
            "actions": AuditAction.choices,
            "faces": Face.choices,
            "query": request.GET.urlencode(),
        },
    )


def export_audit_log(request: HttpRequest) -> HttpResponseBase:
    """Sends all entries that match the filters, not one page of them, as CSV."""
    language = get_language() or ""
    rows = _rows(queries.audit.search(_wanted(_given(request))).iterator(chunk_size=CHUNK))
    try:
        return send(
            request,
            exports.in_language(language, as_csv.encode(rows)),
            exports.find("csv").content_type,
            f"homologa-audit-{timezone.now():%Y%m%dT%H%M%SZ}.csv",
        )
    except TooManyExports as error:
        return too_many(request, error)


def _rows(entries: Iterator[AuditEntry]) -> Iterator[list[str | datetime]]:
    yield [_("When"), _("Who"), _("Through"), _("Action"), _("On what"), _("Job"), _("Details")]
    for entry in entries:
        line = audit_entries.describe(entry)
        yield [
            entry.at,
            entry.username,
            str(entry.get_face_display()),
            str(entry.get_action_display()),
            line.subject,
            str(entry.job_id or ""),
            "; ".join(f"{detail.label}: {detail.text}" for detail in line.details),
        ]


def _given(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip() for name in FILTERS}


def _wanted(given: dict[str, str]) -> dict[str, Any]:
    since, until = query_params.between(given["since"], given["until"])
    return {**given, "job": query_params.uuid(given["job"]), "since": since, "until": until}


SCREENS = (
    Screen("audit/", "audit", audit_log, ADMINISTER, label=gettext_lazy("Audit log"), system=True),
    Screen("audit/csv/", "audit_csv", export_audit_log, ADMINISTER),
)
