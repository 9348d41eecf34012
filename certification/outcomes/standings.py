"""Writes standings: one row for each model and region, with the result of the newest record.

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

# The status when no job is working on the pair: the last verdict, or CANCELLED if there is none.
SETTLED = Case(
    When(~Q(verdict=""), then=F("verdict")), default=Value(StandingStatus.CANCELLED.value)
)
NEVER_JUDGED = Q(verdict__in=("", StandingStatus.INCONCLUSIVE))
# A standing takes the id of the pair it was first made for: both are as unique.
ADD_MISSING = """
    INSERT INTO model_certifications
        (id, model_id, region, status, job_id, created_by_id, test_results, proved,
         created_at, updated_at)
    SELECT pair.id, pair.model_id, pair.region, 'QUEUED', job.id, job.created_by_id, '[]', '{}',
           pair.created_at, pair.created_at
    FROM job_certifications AS pair JOIN certification_jobs AS job ON job.id = pair.job_id
    WHERE job.id = %(job)s
    ORDER BY pair.model_id, pair.region
    ON CONFLICT DO NOTHING
"""


def begin(job: CertificationJob) -> None:
    """Updates the standings of a job that was just opened, and creates those that are missing.

    1. add the missing standings, and lock all of them
    2. standings of waiting pairs become QUEUED; they keep their last verdict
    3. standings of pairs that ended UNSUPPORTED at opening take that verdict
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
    """Shows the status of a pair that is being worked on, unless a later job works on it, too."""
    ModelCertification.objects.filter(
        model=pair.model_id, region=pair.region_id, job=pair.job_id
    ).update(status=status, updated_at=Now())


def settle(pair: JobCertification, tests: list[dict[str, Any]]) -> None:
    """Writes the result of a pair that has ended, unless the standing has a newer one.

    1. update the standing, unless a newer record has updated it
    2. if no row was updated, create the row and try again: it was deleted, or never created
    3. unless another job is working on the pair, show the verdict as the status

    Step 3 comes after step 1 has locked the row: of two records of one pair at the same time the
    second sees that the first has ended.
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
    _of(pair).filter(~Exists(others)).update(status=SETTLED, updated_at=Now())


def verdict_of(pair: JobCertification) -> StandingStatus:
    """The standing's status for an ended pair: a pass is a quality warning if its score is below
    CERTIFICATION_PASS_SCORE, or if a declared ability is dead."""
    if pair.status != PairStatus.PASSED:
        return StandingStatus(pair.status)
    if queries.pairs.is_warned(pair):
        return StandingStatus.QUALITY_WARNING
    return StandingStatus.CERTIFIED


def restore(job: CertificationJob) -> int:
    """Creates again, from the records of a job, standings that were deleted while it ran. Returns
    how many."""
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
    """Allows or forbids that anyone sees the badge; false if there is no standing."""
    rows = ModelCertification.objects.filter(model=model_id, region=region)
    return bool(rows.update(badge_public=public, updated_at=Now()))


def settle_cancelled(job: CertificationJob) -> None:
    """Shows the last verdict again on the standings of a job's cancelled pairs; also where a newer
    job was cancelled first, before an older one had recorded that verdict."""
    cancelled = JobCertification.objects.filter(
        job=job,
        model=OuterRef("model"),
        region=OuterRef("region"),
        status=PairStatus.CANCELLED,
    )
    unsettled = Q(job=job, status__in=OPEN_STANDING) | Q(status=StandingStatus.CANCELLED)
    rows = ModelCertification.objects.filter(unsettled, Exists(cancelled))
    locked = list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
    if locked:
        rows.update(status=SETTLED, updated_at=Now())


def settle_orphans() -> int:
    """Shows the last verdict again on standings that no open pair is left for: their job was
    deleted while it ran. Returns how many.

    The rows are locked before they are looked at again: a job that is opened meanwhile has them.
    """
    at_work = JobCertification.objects.filter(
        model=OuterRef("model"), region=OuterRef("region"), completed_at=None
    )
    orphans = ModelCertification.objects.filter(~Exists(at_work), status__in=OPEN_STANDING)
    if not orphans.exists():
        return 0
    with transaction.atomic():
        locked = list(orphans.order_by("pk").select_for_update().values_list("pk", flat=True))
        return orphans.filter(pk__in=locked).update(status=SETTLED, updated_at=Now())


def _of(pair: JobCertification) -> QuerySet[ModelCertification]:
    return ModelCertification.objects.filter(model=pair.model_id, region=pair.region_id)


def _take(pair: JobCertification, verdict: StandingStatus, tests: list[dict[str, Any]]) -> bool:
    """Overwrites an older result; an inconclusive one only marks an existing verdict as stale."""
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
    """The verdict fields of a pair that was never run."""
    blank = JobCertification()
    return {
        name: getattr(blank, name)
        for name in VERDICT_FIELDS
        if name not in ("error_category", "error_message", "completed_at")
    }
