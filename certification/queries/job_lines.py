"""The job history as people read it: found by what they remember of a job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from certification.errors import CertificationNotFound
from certification.models import CertificationJob, Evidence, JobCertification
from certification.states import OPEN_PAIR, PairStatus
from models_registry import queries as registry
from models_registry.models import AIModel

from .jobs import Progress, progress_of, records_of_model
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


def job_lines(wanted: JobFilter, number: int, size: int) -> Page[JobLine]:
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


def with_previous(pairs: QuerySet[JobCertification]) -> QuerySet[JobCertification]:
    """Each pair with `previous_status`: what the same model and region came to the time before, in
    any job; None the first time, and while the pair is open."""
    before = (
        JobCertification.objects.filter(
            model=OuterRef("model"),
            region=OuterRef("region"),
            completed_at__lt=OuterRef("completed_at"),
        )
        .exclude(status=PairStatus.CANCELLED)
        .order_by("-completed_at")
    )
    status: Any = Subquery(before.values("status")[:1], output_field=CharField())
    return pairs.annotate(previous_status=status)


def changed_pairs(pairs: QuerySet[JobCertification]) -> QuerySet[JobCertification]:
    """Those of pairs `with_previous` that came to something else than the time before."""
    return (
        pairs.exclude(status__in=(*OPEN_PAIR, PairStatus.CANCELLED))
        .filter(Q(previous_status__isnull=False))
        .exclude(Q(previous_status=F("status")))
    )


def certification(certification_id: UUID) -> JobCertification:
    """A pair with its evidence, wherever it is from. Raises CertificationNotFound."""
    try:
        return JobCertification.objects.select_related(
            "model__provider", "region", "evidence", "job__created_by", "worker"
        ).get(pk=certification_id)
    except JobCertification.DoesNotExist:
        raise CertificationNotFound(
            _("There is no certification %(id)s.") % {"id": certification_id},
            certificationId=str(certification_id),
        ) from None


def previous_records(pair: JobCertification, limit: int) -> list[JobCertification]:
    """What the pair's model and region came to before it, newest first. One query."""
    records = records_of_model(pair.model_id, pair.region_id).exclude(status=PairStatus.CANCELLED)
    if pair.completed_at:
        records = records.filter(completed_at__lt=pair.completed_at)
    return list(records.exclude(pk=pair.pk).defer("proved", "error_message")[:limit])


def points_of(certification_id: UUID) -> dict[str, float]:
    """Points, 0 to 1, of each check of a record that counted; empty without evidence."""
    evidence = Evidence.objects.filter(pk=certification_id).first()
    return {
        check["id"]: check["points"]
        for check in (evidence.results if evidence else [])
        if check["status"] != "SKIPPED"
    }
