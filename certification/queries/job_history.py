"""The job history, searchable by status, type, region, model, user and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from certification.models import CertificationJob

from .filters.jobs import StaffJobFilter
from .jobs import Progress, all_jobs, progress_of
from .pages import Page, page_of


@dataclass(frozen=True)
class JobLine:
    job: CertificationJob
    progress: Progress


def search(wanted: Mapping[str, Any], number: int, size: int) -> Page[JobLine]:
    """Returns a page of the jobs that match the parameters of StaffJobFilter, newest first.

    Three queries whatever the number of jobs, and one more if `model` is set.
    """
    page = page_of(StaffJobFilter.narrow(all_jobs(), wanted), number, size)
    counts = progress_of(page.items)
    return page.map(lambda job: JobLine(job, counts[job.pk]))
