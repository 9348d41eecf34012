"""Writes standings: one row a pair, that of the newest record.

Rows that are locked together are locked in the order of their keys, so that two jobs over the
same pairs wait for each other and never deadlock.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Now

from certification import queries
from certification.models import CertificationJob, JobCertification, ModelCertification
from certification.models.verdict_fields import VERDICT_FIELDS
from certification.states import (
    EXPIRED,
    OPEN_PAIR,
    OPEN_STANDING,
    WAITING_PAIR,
    PairStatus,
    StandingStatus,
)

from . import evidence

# What the row shows when no job is at work on it: the last verdict, if there ever was one.
SETTLED = Case(
    When(~Q(verdict=""), then=F("verdict")), default=Value(StandingStatus.CANCELLED.value)
)
NEVER_JUDGED = Q(verdict__in=("", StandingStatus.INCONCLUSIVE))
# A standing takes the id of the pair that it was first made for: both are as unique.
ADD_MISSING = """
    INSERT INTO model_certifications
        (id, model_id, region, status, job_id, created_by_id, test_results, proved)
    SELECT pair.id, pair.model_id, pair.region, 'QUEUED', job.id, job.created_by_id, '[]', '{}'
    FROM job_certifications AS pair JOIN certification_jobs AS job ON job.id = pair.job_id
    WHERE job.id = %(job)s
    ORDER BY pair.model_id, pair.region
    ON CONFLICT DO NOTHING
"""


def begin(job: CertificationJob) -> None:
    """Shows on the standings that a job has begun, and makes those that are missing.

    1. add the missing ones, and lock them all
    2. the waiting pairs' standings are queued, with their last verdict left beside
    3. those of pairs that ended unsupported at once take that verdict
    """
    job_id = JobCertification._meta.get_field("job").get_db_prep_value(job.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(ADD_MISSING, {"job": job_id})
    known = ModelCertification.objects.filter(model__in=job.model_ids, region__in=job.regions)
    list(known.order_by("pk").select_for_update().values_list("pk"))
    pairs = JobCertification.objects.filter(job=job)
    mine = pairs.filter(model=OuterRef("model"), region=OuterRef("region")).order_by()
    known.filter(Exists(mine.filter(status__in=WAITING_PAIR))).update(
        status=StandingStatus.QUEUED, job=job, updated_at=Now()
    )
    unsupported = mine.filter(status=PairStatus.UNSUPPORTED)
    known.filter(Exists(unsupported)).update(
        **_blank(),
        status=StandingStatus.UNSUPPORTED,
        verdict=StandingStatus.UNSUPPORTED,
        test_results=[],
        stale_reason="",
        error_category=Subquery(unsupported.values("error_category")),
        error_message=Subquery(unsupported.values("error_message")),
        certification=Subquery(unsupported.values("pk")),
        completed_at=Now(),
        last_record_at=Now(),
        job=job,
        updated_at=Now(),
    )


def show(pair: JobCertification, status: StandingStatus) -> None:
    """Shows the state of a pair that is being worked on, as long as its job is the last one."""
    ModelCertification.objects.filter(
        model=pair.model_id, region=pair.region_id, job=pair.job_id
    ).update(status=status, updated_at=Now())


def settle(pair: JobCertification, tests: list[dict[str, Any]]) -> None:
    """Takes the result of a pair that has ended; an older one than is there changes nothing.

    1. update the standing, unless a newer record has touched it
    2. if no row took it, make the row and try again: it had been deleted, or never made
    3. unless another job is at work on the pair, show the verdict as the status

    Step 3 comes after the row is locked by step 1: of two records of one pair at the same time
    the second sees that the first has ended.
    """
    verdict = verdict_of(pair)
    if not _take(pair, verdict, tests):
        ModelCertification.objects.bulk_create(
            [
                ModelCertification(
                    model_id=pair.model_id, region_id=pair.region_id, job_id=pair.job_id
                )
            ],
            ignore_conflicts=True,
        )
        _take(pair, verdict, tests)
    others = JobCertification.objects.filter(
        model=pair.model_id, region=pair.region_id, status__in=OPEN_PAIR
    )
    if not others.exists():
        _of(pair).update(status=SETTLED, updated_at=Now())


def verdict_of(pair: JobCertification) -> StandingStatus:
    """What an ended pair comes to; a pass below the certification threshold is a warning."""
    if pair.status != PairStatus.PASSED:
        return StandingStatus(pair.status)
    if queries.pairs.is_below_threshold(pair.score):
        return StandingStatus.QUALITY_WARNING
    return StandingStatus.CERTIFIED


def restore(job: CertificationJob) -> int:
    """Makes again, from the records of a job, the standings that someone deleted meanwhile."""
    known = ModelCertification.objects.filter(model=OuterRef("model"), region=OuterRef("region"))
    bare = JobCertification.objects.filter(~Exists(known), job=job).exclude(
        status=PairStatus.CANCELLED
    )
    pairs = list(bare.select_related("evidence"))
    for pair in pairs:
        kept = pair.evidence.results if hasattr(pair, "evidence") else []
        with transaction.atomic():
            settle(pair, [evidence.shortened(result) for result in kept])
    return len(pairs)


def expire(past: Q) -> None:
    """Marks as stale the standings that are `past` their days, and takes the mark from those that
    no longer are, since a schedule was changed."""
    fresh = ModelCertification.objects.filter(past, stale_reason="")
    marked = ModelCertification.objects.filter(stale_reason=EXPIRED).exclude(past)
    for rows, reason in ((fresh, EXPIRED), (marked, "")):
        with transaction.atomic():
            if list(rows.order_by("pk").select_for_update().values_list("pk")):
                rows.update(stale_reason=reason, updated_at=Now())


def show_badge(model_id: UUID, region: str, *, public: bool) -> bool:
    """Allows the badge to be seen by anyone, or forbids it; false if there is no standing."""
    rows = ModelCertification.objects.filter(model=model_id, region=region)
    return bool(rows.update(badge_public=public, updated_at=Now()))


def settle_cancelled(job: CertificationJob) -> None:
    """Gives the standings of a job's cancelled pairs back their last verdict."""
    cancelled = JobCertification.objects.filter(
        job=job,
        model=OuterRef("model"),
        region=OuterRef("region"),
        status=PairStatus.CANCELLED,
    )
    rows = ModelCertification.objects.filter(Exists(cancelled), job=job, status__in=OPEN_STANDING)
    locked = list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
    if locked:
        rows.update(status=SETTLED, updated_at=Now())


def _of(pair: JobCertification) -> QuerySet[ModelCertification]:
    return ModelCertification.objects.filter(model=pair.model_id, region=pair.region_id)


def _take(pair: JobCertification, verdict: StandingStatus, tests: list[dict[str, Any]]) -> bool:
    """Writes the result over older ones; what could not be judged only makes a verdict stale."""
    rows = _of(pair).filter(Q(last_record_at=None) | Q(last_record_at__lte=pair.completed_at))
    inconclusive = verdict is StandingStatus.INCONCLUSIVE
    whole = rows.filter(NEVER_JUDGED) if inconclusive else rows
    changed = whole.update(
        **{name: getattr(pair, name) for name in VERDICT_FIELDS},
        verdict=verdict,
        test_results=tests,
        stale_reason="",
        certification=pair,
        last_record_at=pair.completed_at,
        updated_at=Now(),
    )
    if not changed and inconclusive:
        changed = rows.update(
            stale_reason=pair.error_category,
            last_record_at=pair.completed_at,
            updated_at=Now(),
        )
    return bool(changed)


def _blank() -> dict[str, Any]:
    """The verdict fields of a pair about which nothing was measured."""
    blank = JobCertification()
    return {
        name: getattr(blank, name)
        for name in VERDICT_FIELDS
        if name not in ("error_category", "error_message", "completed_at")
    }
