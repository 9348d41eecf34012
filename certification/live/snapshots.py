"""One look at a job: how it stands, and which of its pairs changed of late.

Reads what changed and the counts, never the whole job; and not even that, when another process
has looked within the second.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.db import connections
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from certification import queries
from certification.errors import JobNotFound
from certification.models import CertificationJob, JobCertification
from certification.queries.jobs import Progress
from certification.states import WAITING_PAIR

# Seconds between two looks at a job, over all processes that share a cache.
EVERY = 1
# A transaction may commit this long after it stamped its rows, and is still seen.
LOOK_BACK = timedelta(seconds=5)
# Raised when Look changes: while a deployment rolls, two versions of it share the cache.
FORMAT = 1


@dataclass(frozen=True)
class PairState:
    """What listeners hear of a pair. Duration in ms."""

    id: UUID
    model_id: UUID
    model_name: str
    api_model_id: str
    region_id: str
    status: str
    attempt: int
    score: float | None
    grade: str
    duration_ms: int | None
    error_category: str
    started_at: datetime | None
    completed_at: datetime | None
    due_at: datetime

    @property
    def changed_at(self) -> datetime:
        """When it was claimed or ended; of a pair that was put back, when it is due again, since
        the moment is not kept and is never later than that."""
        return self.completed_at or max(filter(None, (self.started_at, self._put_back_until)))

    @property
    def _put_back_until(self) -> datetime | None:
        return self.due_at if self.status in WAITING_PAIR else None


@dataclass(frozen=True)
class Look:
    """A job at the database's time `at`, with every pair that changed since `reaches_back_to`,
    the earliest first."""

    at: datetime
    reaches_back_to: datetime
    job: CertificationJob
    progress: Progress
    pairs: tuple[PairState, ...]

    @property
    def has_ended(self) -> bool:
        return self.job.completed_at is not None


def look(job_id: UUID, since: datetime | None = None) -> Look:
    """The job now, or up to a second ago, with the pairs that changed since `since` (None: just
    now) or shortly before.

    Keeps no connection. Raises JobNotFound, and DatabaseError where the database is away; a cache
    that is away is done without.
    """
    try:
        with suppress(RedisError):
            recent = _seen_by_another(job_id, since)
            if recent is not None:
                return recent
        seen = _read(job_id, since)
        with suppress(RedisError):
            cache.set(_key(job_id), seen, timeout=int(LOOK_BACK.total_seconds()))
        return seen
    finally:
        connections.close_all()


def _seen_by_another(job_id: UUID, since: datetime | None) -> Look | None:
    """What was seen within the second, if that reaches back far enough; None: it is our turn."""
    if cache.add(f"{_key(job_id)}:turn", 1, timeout=EVERY):
        return None
    seen: Look | None = cache.get(_key(job_id))
    if seen is None or (since is not None and since - LOOK_BACK < seen.reaches_back_to):
        return None
    return seen


def _key(job_id: UUID) -> str:
    return f"live:{FORMAT}:{job_id}"


# Of who opened it only the name: a Look is put into the cache.
_JOB_FIELDS = (
    *(field.name for field in CertificationJob._meta.concrete_fields),
    "created_by__username",
)


def _read(job_id: UUID, since: datetime | None) -> Look:
    """The order matters: a job that is read as ended has no pair that changes after it, and counts
    that are read last are never behind the pairs."""
    job = (
        CertificationJob.objects.select_related("created_by")
        .only(*_JOB_FIELDS)
        .annotate(now=Now())
        .filter(pk=job_id)
        .first()
    )
    if job is None:
        raise JobNotFound(_("There is no job %(id)s.") % {"id": job_id}, jobId=str(job_id))
    at: datetime = job.now
    back_to = min(since or at, at) - LOOK_BACK
    pairs = _changed(job_id, back_to)
    return Look(at, back_to, job, queries.jobs.progress(job), pairs)


def _changed(job_id: UUID, back_to: datetime) -> tuple[PairState, ...]:
    put_back = Q(status__in=WAITING_PAIR, attempt__gt=0, due_at__gte=back_to)
    rows = (
        JobCertification.objects.filter(job=job_id)
        .filter(Q(started_at__gte=back_to) | Q(completed_at__gte=back_to) | put_back)
        .order_by()
        .values(
            "id",
            "model_id",
            "region_id",
            "status",
            "attempt",
            "score",
            "grade",
            "duration_ms",
            "error_category",
            "started_at",
            "completed_at",
            "due_at",
            model_name=F("model__name"),
            api_model_id=F("model__api_model_id"),
        )
    )
    return tuple(sorted((PairState(**row) for row in rows), key=lambda pair: pair.changed_at))
