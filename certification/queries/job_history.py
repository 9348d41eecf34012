"""The job history as people read it: found by what they remember of a job."""

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
    """What a job has to have; empty fields ask for nothing. `model` is a part of a model's name
    or API id, `who` of a user's name or e-mail; `since` is included, `until` is not."""

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
    """Jobs, newest first, with their counts and without their pairs; three queries whatever their
    number, and one more for a model."""
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
        # Both databases write a list of texts with its quotes; jobs without pairs have it, too.
        in_region = CertificationJob.objects.annotate(
            regions_text=Cast("regions", TextField())
        ).filter(regions_text__contains=f'"{wanted.region}"')
        conditions.append(Q(pk__in=in_region.values("pk")))
    if wanted.model:
        # The few models first, so that each job is asked by the keys of an index.
        models = list(
            AIModel.objects.filter(registry.named_like(wanted.model)).values_list("pk", flat=True)
        )
        pairs = JobCertification.objects.filter(job=OuterRef("pk"), model__in=models)
        conditions.append(Exists(pairs))
    return conditions
