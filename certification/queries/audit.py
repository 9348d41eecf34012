"""The audit log as people read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from certification.models import AuditEntry, CertificationJob


@dataclass(frozen=True)
class AuditFilter:
    """What an entry has to have; empty fields ask for nothing. `who` and `search` are parts of
    texts; `since` is included, `until` is not."""

    who: str = ""
    action: str = ""
    face: str = ""
    search: str = ""
    job: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def search(wanted: AuditFilter) -> QuerySet[AuditEntry]:
    """Newest first."""
    entries = AuditEntry.objects.order_by("-at", "pk")
    if wanted.who:
        entries = entries.filter(
            Q(username__icontains=wanted.who) | Q(user__email__icontains=wanted.who)
        )
    if wanted.action:
        entries = entries.filter(action=wanted.action)
    if wanted.face:
        entries = entries.filter(face=wanted.face)
    if wanted.search:
        entries = entries.filter(subject__icontains=wanted.search)
    if wanted.job:
        # The subject is the job's id, and outlives the job.
        entries = entries.filter(Q(job=wanted.job) | Q(subject=str(wanted.job)))
    if wanted.since:
        entries = entries.filter(at__gte=wanted.since)
    if wanted.until:
        entries = entries.filter(at__lt=wanted.until)
    return entries


def of_job(job: CertificationJob) -> list[AuditEntry]:
    """What was done to a job, oldest first. One query."""
    return list(AuditEntry.objects.filter(job=job).order_by("at", "pk"))
