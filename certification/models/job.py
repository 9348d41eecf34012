from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from certification.states import JobStatus, JobType

from .schedule import Schedule


class CertificationJob(models.Model):
    """A request to certify some models in some regions: models × regions pairs.

    All counts are numbers of pairs, also `total_models` and `processed_models` (field names of the
    replaced system's API). They are written once, when the last pair ends; until then progress is
    counted from the pairs (`queries.jobs.progress`).
    """

    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4, editable=False)
    type = models.CharField(_("type"), max_length=16, choices=JobType.choices)
    status = models.CharField(
        _("status"), max_length=16, choices=JobStatus.choices, default=JobStatus.QUEUED
    )
    regions = models.JSONField(_("regions"), default=list, help_text=_("Region codes."))
    model_ids = models.JSONField(_("model ids"), default=list, help_text=_("UUIDs of models."))
    config = models.JSONField(_("options"), default=dict, blank=True)
    total_models = models.PositiveIntegerField(_("pairs"), default=0)
    processed_models = models.PositiveIntegerField(_("processed"), default=0)
    success_count = models.PositiveIntegerField(_("passed"), default=0)
    failure_count = models.PositiveIntegerField(
        _("failed, blocked or inconclusive"),
        default=0,
        help_text=_("As old clients count failures."),
    )
    blocked_count = models.PositiveIntegerField(_("blocked"), default=0, db_default=0)
    inconclusive_count = models.PositiveIntegerField(_("inconclusive"), default=0)
    unsupported_count = models.PositiveIntegerField(_("unsupported"), default=0)
    cancelled_count = models.PositiveIntegerField(_("cancelled"), default=0)
    retry_of = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="retries",
        verbose_name=_("retry of"),
    )
    schedule = models.ForeignKey(
        Schedule,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="jobs",
        verbose_name=_("schedule"),
        # The column keeps its first name, so that an older version can share the table.
        db_column="policy_id",
    )
    error = models.TextField(_("error"), blank=True, default="")
    task_id = models.UUIDField(
        _("task id"), default=uuid.uuid4, editable=False, help_text=_("Of the fan-out's message.")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    # Empty in rows of before this column was added; see updated_at in the API.
    updated_at = models.DateTimeField(_("updated at"), null=True, blank=True, db_default=Now())
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    # 64 bits: a job may be paused for longer than 2^31 ms, which is 24 days.
    ran_ms = models.BigIntegerField(
        _("duration"),
        null=True,
        blank=True,
        db_column="duration",
        help_text=_("From the start to the end, ms."),
    )

    class Meta:
        db_table = "certification_jobs"
        verbose_name = _("certification job")
        verbose_name_plural = _("certification jobs")
        ordering = ("-created_at", "id")
        permissions = (
            ("certify", _("Can certify models: open, cancel, pause and retry jobs")),
            ("administer", _("Can manage tokens, schedules and settings")),
        )
        constraints = (
            models.CheckConstraint(name="job_type_known", condition=Q(type__in=JobType.values)),
            models.CheckConstraint(
                name="job_status_known", condition=Q(status__in=JobStatus.values)
            ),
        )
        indexes = (
            models.Index(fields=["-created_at"], name="job_created"),
            models.Index(fields=["status", "-created_at"], name="job_status_created"),
            models.Index(fields=["type", "-created_at"], name="job_type_created"),
            models.Index(fields=["task_id"], name="job_task"),
        )

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.id}"

    @property
    def duration_ms(self) -> int | None:
        """From start to completion; of an imported job, what the old system wrote."""
        if self.ran_ms is not None:
            return self.ran_ms
        kept = self.config.get("legacy", {}).get("duration")
        if isinstance(kept, int):
            return kept
        if self.started_at is None or self.completed_at is None:
            return None
        return round((self.completed_at - self.started_at).total_seconds() * 1000)
