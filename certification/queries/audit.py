"""Reads the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from certification.models import AuditEntry, CertificationJob


@dataclass(frozen=True)
class AuditFilter:
    """Conditions that an entry must meet; an empty field is no condition.

    who:    part of the user name or the e-mail address
    search: part of the subject
    since:  inclusive; `until` is exclusive
    """

    who: str = ""
    action: str = ""
    face: str = ""
    search: str = ""
    job: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def search(wanted: AuditFilter) -> QuerySet[AuditEntry]:
    """Returns the entries that meet every condition, newest first."""
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
    """Returns the entries of a job, oldest first. One query."""
    return list(AuditEntry.objects.filter(job=job).order_by("at", "pk"))
