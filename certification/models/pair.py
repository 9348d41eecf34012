from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from certification.states import OPEN_PAIR, PairStatus
from models_registry.models import AIModel, Region

from .job import CertificationJob
from .verdict_fields import VerdictFields
from .worker import Worker


class JobCertification(VerdictFields):
    """A pair in a job: the unit of work while it is open, history once it has ended.

    `attempt` counts the claims and is the fencing token: a result is recorded only if the pair
    still has the attempt number with which it was claimed. `excused` attempts (released by a
    worker that shut down, or ended by an open circuit) do not count against the allowed ones.
    """

    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4, editable=False)
    job = models.ForeignKey(
        CertificationJob,
        on_delete=models.CASCADE,
        related_name="certifications",
        verbose_name=_("job"),
        # The composite unique index begins with it.
        db_index=False,
    )
    model = models.ForeignKey(
        AIModel,
        on_delete=models.CASCADE,
        related_name="job_certifications",
        verbose_name=_("model"),
        db_index=False,
    )
    region = models.ForeignKey(
        Region,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("region"),
        db_column="region",
        db_index=False,
    )
    status = models.CharField(
        _("status"), max_length=16, choices=PairStatus.choices, default=PairStatus.PENDING
    )
    attempt = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    excused = models.PositiveSmallIntegerField(_("excused attempts"), default=0, db_default=0)
    worker = models.ForeignKey(
        Worker,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("worker"),
    )
    due_at = models.DateTimeField(_("due at"), db_default=Now())
    # When an attempt first ended with a retryable error.
    first_error_at = models.DateTimeField(_("first error at"), null=True, blank=True)
    # The column keeps its first name, so that an older version can share the table.
    queued_at = models.DateTimeField(_("queued at"), null=True, blank=True, db_column="rung_at")
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        db_table = "job_certifications"
        verbose_name = _("job certification")
        verbose_name_plural = _("job certifications")
        ordering = ("-created_at", "id")
        constraints = (
            models.UniqueConstraint(fields=["job", "model", "region"], name="pair_once_per_job"),
            models.CheckConstraint(
                name="pair_status_known", condition=Q(status__in=PairStatus.values)
            ),
            models.CheckConstraint(
                name="pair_processing_was_claimed",
                condition=~Q(status=PairStatus.PROCESSING) | Q(attempt__gt=0),
            ),
            models.CheckConstraint(
                name="pair_open_or_completed",
                condition=Q(status__in=OPEN_PAIR, completed_at__isnull=True)
                | (~Q(status__in=OPEN_PAIR) & Q(completed_at__isnull=False)),
            ),
        )
        indexes = (
            models.Index(fields=["job", "status"], name="pair_job_status"),
            models.Index(fields=["model", "region", "-completed_at"], name="pair_history"),
            # Holds open pairs only, so it stays small; the reconciler reads it every few seconds.
            models.Index(
                fields=["status", "due_at"],
                name="pair_open",
                condition=Q(status__in=OPEN_PAIR),
            ),
        )

    def __str__(self) -> str:
        return f"{self.model_id} · {self.region_id}"


class NewPair(models.Model):
    """The table of JobCertification with only the columns that are set when a pair is opened.

    The database sets the defaults of the others, which makes inserting thousands of pairs several
    times faster.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    job = models.ForeignKey(CertificationJob, on_delete=models.DO_NOTHING, related_name="+")
    model = models.ForeignKey(AIModel, on_delete=models.DO_NOTHING, related_name="+")
    region = models.ForeignKey(
        Region, on_delete=models.DO_NOTHING, related_name="+", db_column="region"
    )
    status = models.CharField(max_length=16, default=PairStatus.PENDING)
    error_category = models.CharField(max_length=32, default="")
    error_message = models.TextField(default="")
    proved = models.JSONField(default=dict)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "job_certifications"

    def __str__(self) -> str:
        return f"{self.model_id} · {self.region_id}"


class Evidence(models.Model):
    """Every check of a pair, with its request and response.

    In a table of its own because it is large: lists and counts do not read it, and it may be
    pruned earlier (`jobs.retention`).
    """

    certification = models.OneToOneField(
        JobCertification,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="evidence",
        verbose_name=_("job certification"),
    )
    results = models.JSONField(_("check results"), default=list)

    class Meta:
        db_table = "certification_evidence"
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")

    def __str__(self) -> str:
        return str(self.certification_id)
