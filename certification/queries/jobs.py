"""Jobs and their pairs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from certification.errors import JobNotFound
from certification.models import CertificationJob, JobCertification
from certification.states import CLAIMABLE_JOB, PairStatus

from .pages import STEADY, Page, page_of
from .pairs import of_job

# Pairs that a job carries along when it is shown alone, and in a list of jobs; all of them are
# had page by page.
NESTED_LIMIT = 100
NESTED_LIMIT_IN_LISTS = 10


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


def get(job_id: UUID) -> CertificationJob:
    """Raises JobNotFound."""
    try:
        return CertificationJob.objects.select_related("created_by").get(pk=job_id)
    except CertificationJob.DoesNotExist:
        raise JobNotFound(
            _("There is no job %(id)s.") % {"id": job_id}, jobId=str(job_id)
        ) from None


def running() -> QuerySet[CertificationJob]:
    """Those whose waiting pairs may be claimed."""
    return CertificationJob.objects.filter(status__in=CLAIMABLE_JOB)


def has_jobs() -> bool:
    return CertificationJob.objects.exists()


@dataclass(frozen=True)
class JobView:
    """A job as it is shown: with its counts, and the first of its pairs."""

    job: CertificationJob
    progress: Progress
    certifications: list[JobCertification]


def view(job_id: UUID) -> JobView:
    """Raises JobNotFound."""
    found = get(job_id)
    return JobView(found, progress(found), list(of_job(found)[:NESTED_LIMIT]))


def history(number: int = 1, size: int = 20, *, status: str = "", type: str = "") -> Page[JobView]:
    """Jobs, newest first, each with the first of its pairs; four queries whatever their number."""
    jobs = CertificationJob.objects.select_related("created_by").order_by("-created_at", "pk")
    if status:
        jobs = jobs.filter(status=status)
    if type:
        jobs = jobs.filter(type=type)
    page = page_of(jobs, number, size)
    counts = progress_of(page.items)
    pairs: dict[UUID, list[JobCertification]] = {job.pk: [] for job in page.items}
    for pair in _first_pairs(page.items):
        pairs[pair.job_id].append(pair)
    return page.map(lambda job: JobView(job, counts[job.pk], pairs[job.pk]))


def newest(number: int) -> list[tuple[CertificationJob, Progress]]:
    """The newest jobs with how they stand, in two queries."""
    jobs = list(
        CertificationJob.objects.select_related("created_by")
        .defer("model_ids", "config")
        .order_by("-created_at", "pk")[:number]
    )
    counts = progress_of(jobs)
    return [(job, counts[job.pk]) for job in jobs]


def _first_pairs(jobs: Iterable[CertificationJob]) -> QuerySet[JobCertification]:
    """The first pairs of each job, in one query that does not grow with the jobs' pairs."""
    return (
        JobCertification.objects.filter(job__in=[job.pk for job in jobs])
        .annotate(place=Window(RowNumber(), partition_by=F("job"), order_by=STEADY))
        .filter(place__lte=NESTED_LIMIT_IN_LISTS)
        .select_related("model")
        .order_by("place")
    )
