"""The states of jobs, pairs, standings, dead letters, circuits and workers, and sets of them."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class JobType(TextChoices):
    SINGLE_MODEL = "SINGLE_MODEL", _("single model")
    MULTIPLE_MODELS = "MULTIPLE_MODELS", _("several models")
    ALL_MODELS = "ALL_MODELS", _("all models")
    RECERTIFY = "RECERTIFY", _("recertification")


class JobStatus(TextChoices):
    PENDING = "PENDING", _("pending")
    QUEUED = "QUEUED", _("queued")
    PROCESSING = "PROCESSING", _("processing")
    PAUSED = "PAUSED", _("paused")
    COMPLETED = "COMPLETED", _("completed")
    FAILED = "FAILED", _("failed")
    CANCELLED = "CANCELLED", _("cancelled")


class PairStatus(TextChoices):
    """Status of a pair (JobCertification).

    PENDING waits for its due time or for admission; QUEUED has a slot and a published message.
    """

    PENDING = "PENDING", _("pending")
    QUEUED = "QUEUED", _("queued")
    PROCESSING = "PROCESSING", _("processing")
    PASSED = "PASSED", pgettext_lazy("verdict", "passed")
    FAILED = "FAILED", pgettext_lazy("verdict", "failed")
    BLOCKED = "BLOCKED", pgettext_lazy("verdict", "blocked")
    INCONCLUSIVE = "INCONCLUSIVE", pgettext_lazy("verdict", "inconclusive")
    UNSUPPORTED = "UNSUPPORTED", pgettext_lazy("verdict", "unsupported")
    CANCELLED = "CANCELLED", _("cancelled")


class StandingStatus(TextChoices):
    """Status of a standing (ModelCertification): of the open job if there is one, else the last
    verdict."""

    PENDING = "PENDING", _("pending")
    QUEUED = "QUEUED", _("queued")
    PROCESSING = "PROCESSING", _("processing")
    CERTIFIED = "CERTIFIED", pgettext_lazy("verdict", "certified")
    QUALITY_WARNING = "QUALITY_WARNING", pgettext_lazy("verdict", "quality warning")
    FAILED = "FAILED", pgettext_lazy("verdict", "failed")
    BLOCKED = "BLOCKED", pgettext_lazy("verdict", "blocked")
    INCONCLUSIVE = "INCONCLUSIVE", pgettext_lazy("verdict", "inconclusive")
    UNSUPPORTED = "UNSUPPORTED", pgettext_lazy("verdict", "unsupported")
    CANCELLED = "CANCELLED", _("cancelled")


class AttemptOutcome(TextChoices):
    """How an attempt of a pair ended. Only RECORDED ends the pair with a verdict."""

    RECORDED = "RECORDED", pgettext_lazy("attempt", "recorded")
    RETRIED = "RETRIED", pgettext_lazy("attempt", "to be retried")
    WAITED = "WAITED", pgettext_lazy("attempt", "waited for the region")
    RELEASED = "RELEASED", pgettext_lazy("attempt", "released by a worker that stopped")
    RECLAIMED = "RECLAIMED", pgettext_lazy("attempt", "reclaimed from a lost worker")
    CANCELLED = "CANCELLED", pgettext_lazy("attempt", "cancelled")


class RouteKind(TextChoices):
    """How a request reaches a model; the engine's RouteKind says what each means."""

    IN_REGION = "IN_REGION", pgettext_lazy("route", "in the region")
    GEO = "GEO", pgettext_lazy("route", "geographic profile")
    GLOBAL = "GLOBAL", pgettext_lazy("route", "global profile")


class RouteOutcome(TextChoices):
    WORKS = "WORKS", pgettext_lazy("route", "works")
    REFUSED = "REFUSED", pgettext_lazy("route", "refused")
    NOT_PROBED = "NOT_PROBED", pgettext_lazy("route", "not probed")


class DeadLetterStatus(TextChoices):
    """Status of a dead letter.

    CLOSED: the pair has passed since. SUPERSEDED: it was given up again, by a newer dead letter.
    """

    OPEN = "OPEN", pgettext_lazy("dead letter", "open")
    REQUEUED = "REQUEUED", pgettext_lazy("dead letter", "requeued")
    CLOSED = "CLOSED", pgettext_lazy("dead letter", "closed")
    SUPERSEDED = "SUPERSEDED", pgettext_lazy("dead letter", "given up anew")
    DISMISSED = "DISMISSED", pgettext_lazy("dead letter", "dismissed")


class Circuit(TextChoices):
    """State of a region's circuit breaker: CLOSED admits pairs, OPEN none, HALF_OPEN only one."""

    CLOSED = "CLOSED", pgettext_lazy("circuit", "closed")
    HALF_OPEN = "HALF_OPEN", pgettext_lazy("circuit", "half-open")
    OPEN = "OPEN", pgettext_lazy("circuit", "open")


class WorkerState(TextChoices):
    """State of a worker. LOST: its heartbeats ended without an orderly stop."""

    ALIVE = "ALIVE", pgettext_lazy("worker", "alive")
    LOST = "LOST", pgettext_lazy("worker", "lost")
    STOPPED = "STOPPED", pgettext_lazy("worker", "stopped")


class Face(TextChoices):
    """Where an action came from."""

    ADMIN = "ADMIN", _("admin")
    API = "API", _("API")
    COMMAND = "COMMAND", _("command line")
    SCHEDULE = "SCHEDULE", _("schedule")


class AuditAction(TextChoices):
    JOB_OPENED = "JOB_OPENED", _("opened a job")
    JOB_CANCELLED = "JOB_CANCELLED", _("cancelled a job")
    JOB_PAUSED = "JOB_PAUSED", _("paused a job")
    JOB_RESUMED = "JOB_RESUMED", _("resumed a job")
    DEAD_LETTERS_REQUEUED = "LETTERS_REQUEUED", _("requeued dead letters")
    DEAD_LETTERS_DISMISSED = "LETTERS_DISMISSED", _("dismissed dead letters")
    BREAKER_RESET = "BREAKER_RESET", _("reset a region's breaker")
    LIMIT_CHANGED = "LIMIT_CHANGED", _("changed a region's limit")
    BADGE_CHANGED = "BADGE_CHANGED", _("changed who sees a badge")
    TOKEN_MADE = "TOKEN_MADE", _("made a token")
    TOKEN_REVOKED = "TOKEN_REVOKED", _("revoked tokens")
    REGISTRY_SYNCED = "REGISTRY_SYNCED", _("brought the registry to what AWS says")
    PROPOSAL_ACCEPTED = "PROPOSAL_ACCEPTED", _("accepted a proposed model")
    PROPOSAL_DISMISSED = "PROPOSAL_DISMISSED", _("dismissed a proposed model")
    LEGACY_IMPORTED = "LEGACY_IMPORTED", _("imported from the old system")
    ROW_ADDED = "ROW_ADDED", _("added")
    ROW_CHANGED = "ROW_CHANGED", _("changed")
    ROW_DELETED = "ROW_DELETED", _("deleted")


# Dead letters that are not resolved yet.
UNANSWERED_DEAD_LETTER: Final = (DeadLetterStatus.OPEN, DeadLetterStatus.REQUEUED)
# Pairs of an ended job that "retry failed" certifies again.
FAILED_PAIR: Final = (PairStatus.FAILED, PairStatus.BLOCKED, PairStatus.INCONCLUSIVE)
# Accepted beside the verdicts where standings are filtered.
STALE: Final = "STALE"
# Stale reason of a standing past the validity of its schedule. Other reasons are error categories.
EXPIRED: Final = "EXPIRED"
# Jobs whose pairs may be claimed.
CLAIMABLE_JOB: Final = (JobStatus.QUEUED, JobStatus.PROCESSING)
# Jobs that have not ended.
OPEN_JOB: Final = (JobStatus.PENDING, *CLAIMABLE_JOB, JobStatus.PAUSED)
WAITING_PAIR: Final = (PairStatus.PENDING, PairStatus.QUEUED)
OPEN_PAIR: Final = (*WAITING_PAIR, PairStatus.PROCESSING)
OPEN_STANDING: Final = (
    StandingStatus.PENDING,
    StandingStatus.QUEUED,
    StandingStatus.PROCESSING,
)
