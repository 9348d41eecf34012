"""Reads the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from certification.models import AuditEntry, CertificationJob

from .filters.audit import AuditFilter


def search(wanted: Mapping[str, Any]) -> QuerySet[AuditEntry]:
    """Returns the entries that match the parameters of AuditFilter, newest first."""
    return AuditFilter.narrow(AuditEntry.objects.order_by("-at", "pk"), wanted)


def of_job(job: CertificationJob) -> list[AuditEntry]:
    """Returns the entries of a job, oldest first. One query."""
    return list(AuditEntry.objects.filter(job=job).order_by("at", "pk"))
