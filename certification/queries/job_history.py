"""The job history, searchable by status, type, region, model, user and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast

from certification.models import CertificationJob, JobCertification
from models_registry import queries as registry
from models_registry.models import AIModel

from .jobs import Progress, progress_of
from .pages import Page, page_of


@dataclass(frozen=True)
class JobFilter:
    """Conditions that a job must meet; an empty field is no condition.

    model: part of the name or the API id of one of the job's models
    who:   part of the user name or the e-mail address of who opened the job
    since: inclusive; `until` is exclusive
    """

    status: str = ""
    type: str = ""
    region: str = ""
    model: str = ""
    who: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class JobLine:
    job: CertificationJob
    progress: Progress


def search(wanted: JobFilter, number: int, size: int) -> Page[JobLine]:
    """Returns a page of jobs with their progress, newest first.

    Three queries whatever the number of jobs, and one more if `model` is set.
    """
    jobs = CertificationJob.objects.select_related("created_by").order_by("-created_at", "pk")
    page = page_of(jobs.filter(*_conditions(wanted)), number, size)
    counts = progress_of(page.items)
    return page.map(lambda job: JobLine(job, counts[job.pk]))


def _conditions(wanted: JobFilter) -> list[Q | Exists]:
    conditions: list[Q | Exists] = []
    if wanted.status:
        conditions.append(Q(status=wanted.status))
    if wanted.type:
        conditions.append(Q(type=wanted.type))
    if wanted.since:
        conditions.append(Q(created_at__gte=wanted.since))
    if wanted.until:
        conditions.append(Q(created_at__lt=wanted.until))
    if wanted.who:
        conditions.append(
            Q(created_by__username__icontains=wanted.who)
            | Q(created_by__email__icontains=wanted.who)
        )
    if wanted.region:
        # Searched as JSON text, in which both databases keep the quotes. Not by pairs: imported
        # jobs may have none.
        in_region = CertificationJob.objects.annotate(
            regions_text=Cast("regions", TextField())
        ).filter(regions_text__contains=f'"{wanted.region}"')
        conditions.append(Q(pk__in=in_region.values("pk")))
    if wanted.model:
        # First the ids of the few models, so that the subquery of each job can use an index.
        models = list(
            AIModel.objects.filter(registry.named_like(wanted.model)).values_list("pk", flat=True)
        )
        pairs = JobCertification.objects.filter(job=OuterRef("pk"), model__in=models)
        conditions.append(Exists(pairs))
    return conditions
