from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from certification.states import AttemptOutcome

from .pair import JobCertification


class Attempt(models.Model):
    """How one attempt of a pair ended. All of a pair's attempts are the log of its run.

    `checks` has a short entry for each check that ran: id, status, latencyMs, errorCategory.
    """

    certification = models.ForeignKey(
        JobCertification,
        on_delete=models.CASCADE,
        related_name="attempt_log",
        verbose_name=_("job certification"),
        # The unique index begins with it.
        db_index=False,
    )
    number = models.PositiveSmallIntegerField(_("attempt"))
    outcome = models.CharField(_("outcome"), max_length=16, choices=AttemptOutcome.choices)
    worker = models.CharField(_("worker"), max_length=300, blank=True, default="", db_default="")
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), db_default=Now())
    error_category = models.CharField(
        _("error category"), max_length=32, blank=True, default="", db_default=""
    )
    error_code = models.CharField(
        _("error code"), max_length=64, blank=True, default="", db_default=""
    )
    error_message = models.TextField(_("error message"), blank=True, default="", db_default="")
    checks = models.JSONField(_("checks"), default=list, blank=True)

    class Meta:
        db_table = "certification_attempts"
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ("certification", "number")
        constraints = (
            models.UniqueConstraint(fields=["certification", "number"], name="attempt_once"),
            models.CheckConstraint(
                name="attempt_outcome_known", condition=Q(outcome__in=AttemptOutcome.values)
            ),
        )

    def __str__(self) -> str:
        return f"{self.certification_id} · {self.number}"
