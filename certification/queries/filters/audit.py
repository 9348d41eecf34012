from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet
from django_filters import ChoiceFilter, DateTimeFilter, UUIDFilter

from certification.models import AuditEntry
from certification.states import AuditAction, Face

from .row_filter import RowFilter, TextFilter

Entries = QuerySet[AuditEntry]


class AuditFilter(RowFilter):
    """`who` is part of a user name or e-mail address, `search` of the subject; `since` is included,
    `until` is not."""

    who = TextFilter(method="done_by")
    action = ChoiceFilter(choices=AuditAction.choices)
    face = ChoiceFilter(choices=Face.choices)
    search = TextFilter(field_name="subject", lookup_expr="icontains")
    job = UUIDFilter(method="of_job")
    since = DateTimeFilter(field_name="at", lookup_expr="gte")
    until = DateTimeFilter(field_name="at", lookup_expr="lt")

    def done_by(self, entries: Entries, _name: str, text: str) -> Entries:
        return entries.filter(Q(username__icontains=text) | Q(user__email__icontains=text))

    def of_job(self, entries: Entries, _name: str, job_id: UUID) -> Entries:
        # The subject is the job's id, and outlives the job.
        return entries.filter(Q(job=job_id) | Q(subject=str(job_id)))
