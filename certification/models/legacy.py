from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from models_registry.models import AIModel


class ModelCertificationLegacy(models.Model):
    """A row of the replaced system's own legacy table: an archive that no rule reads.

    That table changed its columns over the years. The columns here are those that all its versions
    share, empty if a value could not be parsed; `row` is the whole original row.
    """

    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4, editable=False)
    old_id = models.CharField(_("old id"), max_length=255, unique=True)
    model = models.ForeignKey(
        AIModel,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("model"),
    )
    named = models.CharField(
        _("model as named there"), max_length=255, blank=True, default="", db_default=""
    )
    region = models.CharField(_("region"), max_length=64, blank=True, default="", db_default="")
    status = models.CharField(_("status"), max_length=64, blank=True, default="", db_default="")
    passed = models.BooleanField(_("passed"), null=True, blank=True)
    score = models.FloatField(_("score"), null=True, blank=True)
    certified_at = models.DateTimeField(_("certified at"), null=True, blank=True)
    row = models.JSONField(_("row"), default=dict)

    class Meta:
        db_table = "model_certifications_legacy"
        verbose_name = _("certification of the old system")
        verbose_name_plural = _("certifications of the old system")
        ordering = ("-certified_at", "id")

    def __str__(self) -> str:
        return f"{self.named} · {self.region}" if self.region else self.named
