"""The readers: whatever a page, an endpoint or a command shows comes from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, QuerySet
from django.db.models.functions import Now

from .errors import JobNotFound
from .models import CertificationJob, JobCertification, Worker
from .states import PairStatus

# Pairs that `job_details` carries along; all of them are had page by page.
NESTED_LIMIT = 100


@dataclass(frozen=True)
class Progress:
    """How the pairs of a job stand; `failed` and `inconclusive` are counted apart."""

    total: int = 0
    passed: int = 0
    failed: int = 0
    inconclusive: int = 0
    unsupported: int = 0
    cancelled: int = 0

    @property
    def processed(self) -> int:
        return self.passed + self.failed + self.inconclusive + self.unsupported + self.cancelled

    @property
    def is_done(self) -> bool:
        return self.processed == self.total

    @property
    def failure_count(self) -> int:
        """What old clients read as failures: everything that was to be judged and did not pass."""
        return self.failed + self.inconclusive

    @property
    def carried_out(self) -> int:
        """Pairs about which something was found out."""
        return self.passed + self.failed + self.unsupported


def progress(job: CertificationJob) -> Progress:
    """Counted from the pairs while the job runs, read from the job afterwards."""
    return progress_of([job])[job.pk]


def progress_of(jobs: Iterable[CertificationJob]) -> dict[UUID, Progress]:
    """The progress of a page of jobs, in at most one query."""
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
        inconclusive=counts.get(PairStatus.INCONCLUSIVE, 0),
        unsupported=counts.get(PairStatus.UNSUPPORTED, 0),
        cancelled=counts.get(PairStatus.CANCELLED, 0),
    )


def _frozen(job: CertificationJob) -> Progress:
    return Progress(
        total=job.total_models,
        passed=job.success_count,
        failed=job.failure_count - job.inconclusive_count,
        inconclusive=job.inconclusive_count,
        unsupported=job.unsupported_count,
        cancelled=job.cancelled_count,
    )


def job(job_id: UUID) -> CertificationJob:
    """Raises JobNotFound."""
    try:
        return CertificationJob.objects.select_related("created_by").get(pk=job_id)
    except CertificationJob.DoesNotExist:
        raise JobNotFound(f"There is no job {job_id}.", jobId=str(job_id)) from None


def is_below_threshold(score: float | None) -> bool:
    """Whether a pass with this score is one that the operator has to hear of."""
    return (score or 0.0) < settings.CERTIFICATION_PASS_SCORE


def has_jobs() -> bool:
    return CertificationJob.objects.exists()


def pairs_of(job: CertificationJob) -> QuerySet[JobCertification]:
    """A job's pairs with their models, in a steady order."""
    return (
        JobCertification.objects.filter(job=job)
        .select_related("model")
        .order_by("model__vendor", "model__name", "region_id")
    )


def live_workers() -> QuerySet[Worker]:
    """Worker processes whose heart beats."""
    since = Now() - timedelta(seconds=settings.WORKER_LOST_AFTER_SECONDS)
    return Worker.objects.filter(stopped_at=None, beat_at__gte=since)
