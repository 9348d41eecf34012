"""Cancels, pauses, resumes and finishes jobs. (opening.py and reopening.py open them.)"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import BigIntegerField, Case, Exists, F, Func, OuterRef, Value, When
from django.db.models.functions import Now
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext as _

from certification import locks, queries
from certification.accounts import audit
from certification.accounts.audit import COMMAND_LINE, Actor
from certification.errors import JobStateConflict
from certification.models import CertificationJob, JobCertification
from certification.outcomes import standings
from certification.outcomes.advice import policy_of
from certification.queue import admission
from certification.states import (
    CLAIMABLE_JOB,
    OPEN_JOB,
    OPEN_PAIR,
    WAITING_PAIR,
    AuditAction,
    JobStatus,
    PairStatus,
)


def cancel(job_id: UUID, actor: Actor = COMMAND_LINE) -> CertificationJob:
    """Ends the waiting pairs at once; running ones stop between two checks.

    Raises JobNotFound; JobStateConflict for a job that has ended.
    """
    with transaction.atomic():
        refusal = _("A job that is %(status)s cannot be cancelled.")
        job = _move(job_id, OPEN_JOB, JobStatus.CANCELLED, refusal)
        _end_waiting(job)
        audit.note(actor, AuditAction.JOB_CANCELLED, job=job, subject=str(job_id))
    finish(job_id)
    return queries.jobs.get(job_id)


def end_cancelled() -> None:
    """Ends pairs that went back to waiting after their job was cancelled: they were to be retried,
    or were reclaimed from a lost worker."""
    waiting = JobCertification.objects.filter(job=OuterRef("pk"), status__in=WAITING_PAIR)
    left = CertificationJob.objects.filter(
        Exists(waiting), status=JobStatus.CANCELLED, completed_at=None
    )
    for job in left:
        with transaction.atomic():
            _end_waiting(job)
        finish(job.pk)


def _end_waiting(job: CertificationJob) -> None:
    locks.acquire(locks.Lock.ADMISSION)
    JobCertification.objects.filter(job=job, status__in=WAITING_PAIR).update(
        status=PairStatus.CANCELLED, completed_at=Now()
    )
    standings.settle_cancelled(job)


def pause(job_id: UUID, actor: Actor = COMMAND_LINE) -> CertificationJob:
    """Stops claiming; running pairs go on to their end. Raises JobNotFound, JobStateConflict."""
    with transaction.atomic():
        refusal = _("A job that is %(status)s cannot be paused.")
        job = _move(job_id, CLAIMABLE_JOB, JobStatus.PAUSED, refusal)
        admission.withdraw(queries.pairs.of_job(job))
        audit.note(actor, AuditAction.JOB_PAUSED, job=job, subject=str(job_id))
    return job


def resume(job_id: UUID, actor: Actor = COMMAND_LINE) -> CertificationJob:
    """Lets the job's pairs be claimed again. Raises JobNotFound, JobStateConflict."""
    begun = Case(
        When(started_at__isnull=False, then=Value(JobStatus.PROCESSING)),
        default=Value(JobStatus.QUEUED),
    )
    with transaction.atomic():
        refusal = _("A job that is %(status)s cannot be resumed.")
        job = _move(job_id, (JobStatus.PAUSED,), begun, refusal)
        audit.note(actor, AuditAction.JOB_RESUMED, job=job, subject=str(job_id))
    admission.announce(job)
    return job


def finish(job_id: UUID) -> bool:
    """Closes a job whose pairs have all ended; true for the one caller that closed it.

    1. do nothing while a pair is open
    2. restore standings that were deleted while the job ran; before it closes, so that a crash in
       between leaves an open job, which is finished later
    3. count the ended pairs: no row of the job changes any more
    4. one conditional UPDATE freezes the counts and, unless the job was cancelled, the outcome
    """
    if JobCertification.objects.filter(job_id=job_id, status__in=OPEN_PAIR).exists():
        return False
    job = CertificationJob.objects.filter(pk=job_id, completed_at=None).first()
    if job is None:
        return False
    standings.restore(job)
    counts = queries.jobs.progress(job)
    outcome = JobStatus.FAILED if counts.total and not counts.carried_out else JobStatus.COMPLETED
    still_open = JobCertification.objects.filter(job=OuterRef("pk"), status__in=OPEN_PAIR)
    changed = (
        CertificationJob.objects.filter(pk=job_id, completed_at=None)
        .filter(~Exists(still_open))
        .update(
            status=Case(When(status=JobStatus.CANCELLED, then=F("status")), default=Value(outcome)),
            processed_models=counts.processed,
            success_count=counts.passed,
            failure_count=counts.failure_count,
            blocked_count=counts.blocked,
            inconclusive_count=counts.inconclusive,
            unsupported_count=counts.unsupported,
            cancelled_count=counts.cancelled,
            error=_what_went_wrong(job) if outcome is JobStatus.FAILED else "",
            completed_at=Now(),
            updated_at=Now(),
            ran_ms=Milliseconds(Now() - F("started_at")),
        )
    )
    return bool(changed)


class Milliseconds(Func):
    """A difference of two times in whole ms."""

    output_field = BigIntegerField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **more: Any) -> Any:
        # There a difference is a number of µs.
        return self.as_sql(compiler, connection, template="(%(expressions)s / 1000)", **more)

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **more: Any) -> Any:
        template = "(EXTRACT(EPOCH FROM %(expressions)s) * 1000)::bigint"
        return self.as_sql(compiler, connection, template=template, **more)


def _move(
    job_id: UUID, out_of: Sequence[JobStatus], to: JobStatus | Case, refusal: str
) -> CertificationJob:
    """Changes a job's status if it is one of `out_of`.

    Raises JobNotFound, or JobStateConflict with the `refusal`, a text with a %(status)s in it.
    """
    changed = CertificationJob.objects.filter(pk=job_id, status__in=out_of).update(
        status=to, updated_at=Now()
    )
    job = queries.jobs.get(job_id)
    if not changed:
        raise JobStateConflict(
            refusal % {"status": job.get_status_display()}, jobId=str(job_id), status=job.status
        )
    return job


def _what_went_wrong(job: CertificationJob) -> str:
    """The most frequent error category of the job's pairs, with its advice."""
    categories = list(
        JobCertification.objects.filter(job=job).values_list("error_category", flat=True)
    )
    commonest = max(set(categories), key=categories.count, default="")
    policy = policy_of(commonest)
    return f"{commonest}: {policy.advice}" if policy else ""
