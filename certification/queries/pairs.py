"""The pairs (model × region) of jobs, open and ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from certification.errors import CertificationNotFound
from certification.models import Attempt, CertificationJob, Evidence, JobCertification
from certification.models.verdict_fields import VERDICT_FIELDS
from certification.states import OPEN_PAIR, PairStatus

from .filters.pairs import PairFilter
from .pages import PAIR_ORDER

# A row of the columns below, as values_list(named=True) makes them.
ShownPair = Any
# Rows that are in memory at the same time.
ROWS_AT_ONCE: Final = 200
# The columns of a pair that the API shows.
SHOWN: Final = (
    "pk",
    "job_id",
    "model_id",
    "region_id",
    "status",
    "attempt",
    "created_at",
    *VERDICT_FIELDS,
)


def is_below_threshold(score: float | None) -> bool:
    """Returns whether a score (0 to 100) is below the pass threshold.

    False without a score, which only imported certifications lack.
    """
    return score is not None and score < settings.CERTIFICATION_PASS_SCORE


def is_warned(pair: JobCertification) -> bool:
    """Returns whether a pair passed with a quality warning: its score is below the threshold, or a
    declared ability is dead."""
    return pair.status == PairStatus.PASSED and (bool(pair.dead) or is_below_threshold(pair.score))


def of_job(job: CertificationJob) -> QuerySet[JobCertification]:
    """Returns the pairs of a job with their models, by vendor, model and region."""
    return JobCertification.objects.filter(job=job).select_related("model").order_by(*PAIR_ORDER)


# The order of the documents of the replaced system; equal rows by model and region.
DOCUMENT_ORDER: Final = ("status", "created_at", *PAIR_ORDER)
SHOWN_MODEL: Final = ("model__name", "model__api_model_id")


def in_document_order(job: CertificationJob) -> QuerySet[JobCertification]:
    """Returns the pairs of a job with their models, by status and time of creation."""
    rows = JobCertification.objects.filter(job=job).select_related("model")
    return rows.order_by(*DOCUMENT_ORDER)


def shown(rows: QuerySet[JobCertification], limit: int | None) -> QuerySet[Any, ShownPair]:
    """Returns what an answer shows of the first `limit` pairs (None: of all): plain rows, since
    making thousands of model instances would take longer than all the rest."""
    values = rows.values_list(*SHOWN, *SHOWN_MODEL, named=True)
    return values if limit is None else values[:limit]


def stored(values: QuerySet[Any, ShownPair]) -> Iterator[tuple[Any, ...]]:
    """Yields the same rows as the database stores them, which is all that a comparison needs."""
    try:
        sql, params = values.query.sql_with_params()
    except EmptyResultSet:
        return
    if connection.vendor == "postgresql":
        # One text for a row: to make Python's times of it would take as long as the answer.
        sql = f"SELECT CAST(stored AS text) FROM ({sql}) AS stored"  # noqa: S608 - our own query
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while some := cursor.fetchmany(ROWS_AT_ONCE):
            yield from some


def search(job: CertificationJob, wanted: Mapping[str, Any]) -> QuerySet[JobCertification]:
    """Returns the pairs of a job that match the parameters of PairFilter."""
    return PairFilter.narrow(of_job(job), wanted)


def in_job(job_id: UUID, certification_id: UUID) -> JobCertification:
    """Returns a pair of a job with its evidence. Raises CertificationNotFound."""
    try:
        return JobCertification.objects.select_related("model", "evidence", "job").get(
            pk=certification_id, job=job_id
        )
    except JobCertification.DoesNotExist:
        raise CertificationNotFound(
            _("There is no certification %(id)s in the job %(job)s.")
            % {"id": certification_id, "job": job_id},
            jobId=str(job_id),
            certificationId=str(certification_id),
        ) from None


def attempts_of(pair: JobCertification) -> QuerySet[Attempt]:
    """Returns how the attempts of a pair ended, in their order."""
    return Attempt.objects.filter(certification=pair).order_by("number")


def of_model(model_id: UUID) -> QuerySet[JobCertification]:
    """Returns the ended pairs of a model in all jobs, newest first."""
    return (
        JobCertification.objects.filter(model=model_id)
        .exclude(status__in=OPEN_PAIR)
        .select_related("model")
        .order_by("-completed_at", "pk")
    )


def with_previous(pairs: QuerySet[JobCertification]) -> QuerySet[JobCertification]:
    """Annotates each pair with `previous_status`: the status with which the same model and region
    last ended before, in any job, cancelled ones aside.

    None if there is no earlier one, and while the pair is open.
    """
    earlier = (
        JobCertification.objects.filter(
            model=OuterRef("model"),
            region=OuterRef("region"),
            completed_at__lt=OuterRef("completed_at"),
        )
        .exclude(status=PairStatus.CANCELLED)
        .order_by("-completed_at")
    )
    status: Any = Subquery(earlier.values("status")[:1], output_field=CharField())
    return pairs.annotate(previous_status=status)


def changed(pairs: QuerySet[JobCertification]) -> QuerySet[JobCertification]:
    """Returns the ended pairs whose status differs from `previous_status` (see with_previous)."""
    return (
        pairs.exclude(status__in=(*OPEN_PAIR, PairStatus.CANCELLED))
        .filter(Q(previous_status__isnull=False))
        .exclude(Q(previous_status=F("status")))
    )


def get(certification_id: UUID) -> JobCertification:
    """Returns a pair of any job with its evidence. Raises CertificationNotFound."""
    try:
        return JobCertification.objects.select_related(
            "model__provider", "region", "evidence", "job__created_by", "worker"
        ).get(pk=certification_id)
    except JobCertification.DoesNotExist:
        raise not_found(certification_id) from None


def not_found(certification_id: UUID | str) -> CertificationNotFound:
    return CertificationNotFound(
        _("There is no certification %(id)s.") % {"id": certification_id},
        certificationId=str(certification_id),
    )


def previous_records(pair: JobCertification, limit: int) -> list[JobCertification]:
    """Returns the ended pairs of the same model and region before this one, newest first.

    One query; `proved` and `error_message` are deferred.
    """
    records = of_model(pair.model_id).filter(region=pair.region_id)
    records = records.exclude(status=PairStatus.CANCELLED)
    if pair.completed_at:
        records = records.filter(completed_at__lt=pair.completed_at)
    return list(records.exclude(pk=pair.pk).defer("proved", "error_message")[:limit])


def points_of(certification_id: UUID) -> dict[str, float]:
    """Returns the points (0 to 1) of each check that was not skipped, by check id.

    Empty if the pair has no evidence.
    """
    evidence = Evidence.objects.filter(pk=certification_id).first()
    return {
        check["id"]: check["points"]
        for check in (evidence.results if evidence else [])
        if check["status"] != "SKIPPED"
    }
