from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from certification.states import StandingStatus
from models_registry.models import AIModel, Region

from .job import CertificationJob
from .pair import JobCertification
from .verdict_fields import VerdictFields


class ModelCertification(VerdictFields):
    """The standing: the present state of one pair (model × region), one row for each.

    `status` follows the running job. `verdict` and the other VerdictFields are those of the last
    certification that was conclusive; badges, CI gates and the matrix use them.
    """

    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4, editable=False)
    model = models.ForeignKey(
        AIModel,
        on_delete=models.CASCADE,
        related_name="certifications",
        verbose_name=_("model"),
        db_index=False,
    )
    region = models.ForeignKey(
        Region,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("region"),
        db_column="region",
    )
    status = models.CharField(
        _("status"), max_length=16, choices=StandingStatus.choices, default=StandingStatus.PENDING
    )
    verdict = models.CharField(
        _("verdict"),
        max_length=16,
        choices=StandingStatus.choices,
        blank=True,
        default="",
        db_default="",
    )
    test_results = models.JSONField(
        _("test results"), default=list, blank=True, help_text=_("One short entry a check.")
    )
    # Why the verdict may be outdated: EXPIRED, or the error category of a later inconclusive run.
    stale_reason = models.CharField(
        _("stale because"), max_length=32, blank=True, default="", db_default=""
    )
    # When the newest result ended that was applied, conclusive or not. Older results are ignored.
    last_record_at = models.DateTimeField(_("last record at"), null=True, blank=True)
    job = models.ForeignKey(
        CertificationJob,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="standings",
        verbose_name=_("job"),
    )
    certification = models.ForeignKey(
        JobCertification,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("record of the verdict"),
    )
    badge_public = models.BooleanField(
        _("public badge"),
        default=False,
        db_default=False,
        help_text=_("Whether the badge is shown to anyone, without a token."),
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
    updated_at = models.DateTimeField(_("updated at"), db_default=Now())

    class Meta:
        db_table = "model_certifications"
        verbose_name = _("model certification")
        verbose_name_plural = _("model certifications")
        ordering = ("model", "region")
        constraints = (
            models.UniqueConstraint(fields=["model", "region"], name="standing_once_per_pair"),
            models.CheckConstraint(
                name="standing_status_known", condition=Q(status__in=StandingStatus.values)
            ),
        )
        indexes = (
            models.Index(fields=["status"], name="standing_status"),
            models.Index(fields=["created_at"], name="standing_created"),
        )

    def __str__(self) -> str:
        return f"{self.model_id} · {self.region_id}"
