"""Jobs, their progress, and the first of their pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from certification.errors import JobNotFound
from certification.models import CertificationJob, JobCertification
from certification.states import CLAIMABLE_JOB, PairStatus

from .pages import PAIR_ORDER

# The most pairs that are returned with each job of a list. The rest is paged (queries.pairs).
NESTED_LIMIT = 100


@dataclass(frozen=True)
class Progress:
    """The number of pairs of a job in each final state.

    `failed` includes neither `blocked` nor `inconclusive`; `failure_count` includes both.
    """

    total: int = 0
    passed: int = 0
    failed: int = 0
    blocked: int = 0
    inconclusive: int = 0
    unsupported: int = 0
    cancelled: int = 0

    @property
    def processed(self) -> int:
        return self.passed + self.failure_count + self.unsupported + self.cancelled

    @property
    def failure_count(self) -> int:
        """Returns failed, blocked and inconclusive: the replaced API knows only failures."""
        return self.failed + self.blocked + self.inconclusive

    @property
    def carried_out(self) -> int:
        """Returns the number of pairs that ended with a result: all but inconclusive and cancelled
        ones."""
        return self.passed + self.failed + self.blocked + self.unsupported


def progress(job: CertificationJob) -> Progress:
    """Returns the progress: counted from the pairs while the job runs, read from the job after."""
    return progress_of([job])[job.pk]


def progress_of(jobs: Iterable[CertificationJob]) -> dict[UUID, Progress]:
    """Returns the progress of each job by its id, in at most one query."""
    jobs = list(jobs)
    running = [job.pk for job in jobs if job.completed_at is None]
    counts: dict[UUID, dict[str, int]] = {pk: {} for pk in running}
    if running:
        rows = (
            JobCertification.objects.filter(job__in=running)
            .order_by()
            .values_list("job_id", "status")
            .annotate(n=Count("pk"))
        )
        for job_id, status, n in rows:
            counts[job_id][status] = n
    return {
        job.pk: _counted(job.total_models, counts[job.pk]) if job.pk in counts else _frozen(job)
        for job in jobs
    }


def _counted(total: int, counts: dict[str, int]) -> Progress:
    return Progress(
        total=total,
        passed=counts.get(PairStatus.PASSED, 0),
        failed=counts.get(PairStatus.FAILED, 0),
        blocked=counts.get(PairStatus.BLOCKED, 0),
        inconclusive=counts.get(PairStatus.INCONCLUSIVE, 0),
        unsupported=counts.get(PairStatus.UNSUPPORTED, 0),
        cancelled=counts.get(PairStatus.CANCELLED, 0),
    )


def _frozen(job: CertificationJob) -> Progress:
    return Progress(
        total=job.total_models,
        passed=job.success_count,
        failed=job.failure_count - job.blocked_count - job.inconclusive_count,
        blocked=job.blocked_count,
        inconclusive=job.inconclusive_count,
        unsupported=job.unsupported_count,
        cancelled=job.cancelled_count,
    )


def get(job_id: UUID) -> CertificationJob:
    """Returns a job with its creator. Raises JobNotFound."""
    try:
        return CertificationJob.objects.select_related("created_by").get(pk=job_id)
    except CertificationJob.DoesNotExist:
        raise not_found(job_id) from None


def not_found(job_id: UUID | str) -> JobNotFound:
    return JobNotFound(_("There is no job %(id)s.") % {"id": job_id}, jobId=str(job_id))


def running() -> QuerySet[CertificationJob]:
    """Returns the jobs whose waiting pairs may be claimed (QUEUED or PROCESSING)."""
    return CertificationJob.objects.filter(status__in=CLAIMABLE_JOB)


def has_jobs() -> bool:
    return CertificationJob.objects.exists()


@dataclass(frozen=True)
class JobView:
    """A job with its progress and the first of its pairs."""

    job: CertificationJob
    progress: Progress
    certifications: list[JobCertification]


def all_jobs() -> QuerySet[CertificationJob]:
    """Returns all jobs, newest first, each with the user who opened it."""
    return CertificationJob.objects.select_related("created_by").order_by("-created_at", "pk")


def views_of(jobs: Sequence[CertificationJob], limit: int = NESTED_LIMIT) -> list[JobView]:
    """Returns jobs in their order, each with its newest pairs, at most `limit`.

    Two queries whatever the number of jobs.
    """
    counts = progress_of(jobs)
    pairs: dict[UUID, list[JobCertification]] = {job.pk: [] for job in jobs}
    for pair in _newest_pairs(jobs, limit):
        pairs[pair.job_id].append(pair)
    return [JobView(job, counts[job.pk], pairs[job.pk]) for job in jobs]


def newest(number: int) -> list[tuple[CertificationJob, Progress]]:
    """Returns the newest jobs with their progress. Two queries."""
    jobs = list(all_jobs().defer("model_ids", "config")[:number])
    counts = progress_of(jobs)
    return [(job, counts[job.pk]) for job in jobs]


def _newest_pairs(jobs: Iterable[CertificationJob], limit: int) -> QuerySet[JobCertification]:
    """Returns the newest pairs of each job in one query; its result does not grow with the jobs."""
    order = ("-created_at", *PAIR_ORDER)
    return (
        JobCertification.objects.filter(job__in=[job.pk for job in jobs])
        .annotate(position=Window(RowNumber(), partition_by=F("job"), order_by=order))
        .filter(position__lte=limit)
        .select_related("model")
        .order_by("position")
    )
