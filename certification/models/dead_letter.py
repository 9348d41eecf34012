from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from certification.states import DeadLetterStatus

from .job import CertificationJob
from .pair import JobCertification


class DeadLetter(models.Model):
    """A pair that was given up: its last allowed attempt ended with a retryable error.

    Written in the transaction that ends the pair; at most one for each JobCertification.
    """

    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4, editable=False)
    certification = models.OneToOneField(
        JobCertification,
        on_delete=models.CASCADE,
        related_name="dead_letter",
        verbose_name=_("job certification"),
    )
    status = models.CharField(
        _("status"), max_length=16, choices=DeadLetterStatus.choices, default=DeadLetterStatus.OPEN
    )
    payload = models.JSONField(
        _("payload"), default=dict, help_text=_("What was asked for, enough to ask again.")
    )
    error_category = models.CharField(_("error category"), max_length=32)
    error_code = models.CharField(_("error code"), max_length=64, blank=True, default="")
    error_message = models.TextField(_("error message"), blank=True, default="")
    traceback = models.TextField(_("traceback"), blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("attempts"))
    first_failed_at = models.DateTimeField(_("first failed at"))
    last_failed_at = models.DateTimeField(_("last failed at"), db_default=Now())
    requeued_in = models.ForeignKey(
        CertificationJob,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requeued in"),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )

    class Meta:
        db_table = "certification_dead_letters"
        verbose_name = _("dead letter")
        verbose_name_plural = _("dead letters")
        ordering = ("-last_failed_at", "id")
        constraints = (
            models.CheckConstraint(
                name="dead_letter_status_known", condition=Q(status__in=DeadLetterStatus.values)
            ),
        )
        indexes = (models.Index(fields=["status", "-last_failed_at"], name="dead_letter_status"),)

    def __str__(self) -> str:
        return str(self.certification_id)
