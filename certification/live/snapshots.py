"""Snapshots of a job: its progress, and the pairs that changed lately.

Reads only the counts and the changed pairs; and reuses, through the cache, a snapshot that another
process took within the last second.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connections
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from certification import queries
from certification.errors import JobNotFound
from certification.models import CertificationJob, JobCertification
from certification.queries.jobs import Progress
from certification.states import WAITING_PAIR

# Seconds between two snapshots of a job, over all processes that share a cache.
POLL_SECONDS = 1
# A transaction may commit this long after it set the times of its rows and be seen by the next
# snapshot. What commits later is seen when the job ends, by the snapshot of all its pairs.
LOOK_BACK = timedelta(seconds=5)
# Part of the cache key. Increment it when the form of a cached snapshot changes, also by a rename
# or a new column: during a rolling deployment, two versions share the cache.
FORMAT = 4


@dataclass(frozen=True)
class PairState:
    """The state of a pair as it is sent to listeners. Duration in ms."""

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
        """Returns when the pair ended or was claimed.

        Of a pair that waits for a retry, when it is due: the time of the change is not stored, and
        is never later than that.
        """
        return self.completed_at or max(filter(None, (self.started_at, self._retry_due_at)))

    @property
    def _retry_due_at(self) -> datetime | None:
        return self.due_at if self.status in WAITING_PAIR else None


@dataclass(frozen=True)
class Snapshot:
    """A job at `at` (the database's clock), with every pair that changed since `reaches_back_to`,
    earliest change first.

    is_whole: all pairs of the job, whenever they changed
    """

    at: datetime
    reaches_back_to: datetime
    job: CertificationJob
    progress: Progress
    pairs: tuple[PairState, ...]
    is_whole: bool = False

    @property
    def has_ended(self) -> bool:
        return self.job.completed_at is not None


def take_snapshot(job_id: UUID, since: datetime | None = None) -> Snapshot:
    """Returns the job as it is now, or was at most POLL_SECONDS ago.

    Contains the pairs that changed since `since` (None: now) less LOOK_BACK; all pairs, if the job
    has ended and `since` is given. Closes the thread's database connections. Raises JobNotFound,
    and DatabaseError if the database does not answer.
    """
    try:
        recent = _cached(job_id, since)
        if recent is not None:
            return recent
        snapshot = _read(job_id, since)
        cache.set(_key(job_id), _packed(snapshot), timeout=int(LOOK_BACK.total_seconds()))
        return snapshot
    finally:
        connections.close_all()


def _cached(job_id: UUID, since: datetime | None) -> Snapshot | None:
    """Returns the cached snapshot if it is recent and reaches back to `since`, else None."""
    if cache.add(f"{_key(job_id)}:turn", 1, timeout=POLL_SECONDS):
        return None
    packed: dict[str, Any] | None = cache.get(_key(job_id))
    if packed is None:
        return None
    snapshot = _unpacked(packed)
    if since is None or snapshot.is_whole:
        return snapshot
    if snapshot.has_ended or since - LOOK_BACK < snapshot.reaches_back_to:
        return None
    return snapshot


def _key(job_id: UUID) -> str:
    return f"live:{FORMAT}:{job_id}"


_JOB_COLUMNS: Final = tuple(field.attname for field in CertificationJob._meta.concrete_fields)
_IDS: Final = ("id", "model_id")
_TIMES: Final = ("started_at", "completed_at", "due_at")


def _packed(snapshot: Snapshot) -> dict[str, Any]:
    """Returns the snapshot as values that JSON has, and ids and times in it as text."""
    job = snapshot.job
    columns = {name: getattr(job, name) for name in _JOB_COLUMNS}
    return {
        "at": snapshot.at.isoformat(),
        "back_to": snapshot.reaches_back_to.isoformat(),
        "job": {name: _text(value) for name, value in columns.items()},
        "opener": job.created_by.get_username() if job.created_by else None,
        "progress": asdict(snapshot.progress),
        "pairs": [
            {name: _text(value) for name, value in asdict(pair).items()} for pair in snapshot.pairs
        ],
        "is_whole": snapshot.is_whole,
    }


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _unpacked(packed: dict[str, Any]) -> Snapshot:
    fields = CertificationJob._meta.concrete_fields
    values = [field.to_python(packed["job"][field.attname]) for field in fields]
    job = CertificationJob.from_db(None, _JOB_COLUMNS, values)
    if packed["opener"] is not None:
        named = (job.created_by_id, packed["opener"])
        job.created_by = User.from_db(None, ("id", "username"), named)
    return Snapshot(
        datetime.fromisoformat(packed["at"]),
        datetime.fromisoformat(packed["back_to"]),
        job,
        Progress(**packed["progress"]),
        tuple(_unpacked_pair(pair) for pair in packed["pairs"]),
        packed["is_whole"],
    )


def _unpacked_pair(packed: dict[str, Any]) -> PairState:
    ids = {name: UUID(packed[name]) for name in _IDS}
    times = {
        name: datetime.fromisoformat(packed[name]) if packed[name] else None for name in _TIMES
    }
    return PairState(**{**packed, **ids, **times})


# Of the user only the name: a snapshot is stored in the cache, where no password hash belongs.
_JOB_FIELDS = (
    *(field.name for field in CertificationJob._meta.concrete_fields),
    "created_by__username",
)


def _read(job_id: UUID, since: datetime | None) -> Snapshot:
    """Reads a snapshot from the database.

    The order matters. The job first: if it is read as ended, no pair changes any more. The counts
    last: they are then never older than the pairs.
    """
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
    is_whole = job.completed_at is not None and since is not None
    which = Q() if is_whole else _changed_since(back_to)
    pairs = _pairs(job_id, which)
    return Snapshot(at, back_to, job, queries.jobs.progress(job), pairs, is_whole)


def _changed_since(back_to: datetime) -> Q:
    waits_for_retry = Q(status__in=WAITING_PAIR, attempt__gt=0, due_at__gte=back_to)
    return Q(started_at__gte=back_to) | Q(completed_at__gte=back_to) | waits_for_retry


def _pairs(job_id: UUID, which: Q) -> tuple[PairState, ...]:
    rows = (
        JobCertification.objects.filter(which, job=job_id)
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
