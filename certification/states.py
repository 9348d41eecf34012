"""The states of jobs, pairs and standings, and the sets that the rules speak of."""

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
    """Of a job certification. PENDING waits for its bell or its due time; QUEUED was rung."""

    PENDING = "PENDING", _("pending")
    QUEUED = "QUEUED", _("queued")
    PROCESSING = "PROCESSING", _("processing")
    PASSED = "PASSED", pgettext_lazy("verdict", "passed")
    FAILED = "FAILED", pgettext_lazy("verdict", "failed")
    INCONCLUSIVE = "INCONCLUSIVE", pgettext_lazy("verdict", "inconclusive")
    UNSUPPORTED = "UNSUPPORTED", pgettext_lazy("verdict", "unsupported")
    CANCELLED = "CANCELLED", _("cancelled")


class StandingStatus(TextChoices):
    """Of a model certification: the running job's state, else the last verdict."""

    PENDING = "PENDING", _("pending")
    QUEUED = "QUEUED", _("queued")
    PROCESSING = "PROCESSING", _("processing")
    CERTIFIED = "CERTIFIED", pgettext_lazy("verdict", "certified")
    QUALITY_WARNING = "QUALITY_WARNING", pgettext_lazy("verdict", "quality warning")
    FAILED = "FAILED", pgettext_lazy("verdict", "failed")
    INCONCLUSIVE = "INCONCLUSIVE", pgettext_lazy("verdict", "inconclusive")
    UNSUPPORTED = "UNSUPPORTED", pgettext_lazy("verdict", "unsupported")
    CANCELLED = "CANCELLED", _("cancelled")


# Pairs of an ended job that are worth trying again.
FAILED_PAIR: Final = (PairStatus.FAILED, PairStatus.INCONCLUSIVE)
# Beside the verdicts, what standings are looked for by.
STALE: Final = "STALE"
# A job whose pairs may be claimed.
CLAIMABLE_JOB: Final = (JobStatus.QUEUED, JobStatus.PROCESSING)
# A job that has not been ended by anyone.
OPEN_JOB: Final = (JobStatus.PENDING, *CLAIMABLE_JOB, JobStatus.PAUSED)
WAITING_PAIR: Final = (PairStatus.PENDING, PairStatus.QUEUED)
OPEN_PAIR: Final = (*WAITING_PAIR, PairStatus.PROCESSING)
OPEN_STANDING: Final = (
    StandingStatus.PENDING,
    StandingStatus.QUEUED,
    StandingStatus.PROCESSING,
)
