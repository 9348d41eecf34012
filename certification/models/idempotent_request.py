from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .job import CertificationJob


class IdempotentRequest(models.Model):
    """The job that a request with an idempotency key opened.

    The same request with the same key gets this job instead of a second one.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("user"),
    )
    key = models.CharField(_("key"), max_length=255)
    fingerprint = models.CharField(_("fingerprint of the request"), max_length=64)
    job = models.ForeignKey(
        CertificationJob, on_delete=models.CASCADE, related_name="+", verbose_name=_("job")
    )
    status = models.CharField(_("status at the opening"), max_length=16)
    skipped = models.JSONField(_("skipped models"), default=list)
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        db_table = "certification_opened_once"
        verbose_name = _("idempotent request")
        verbose_name_plural = _("idempotent requests")
        constraints = (models.UniqueConstraint(fields=["user", "key"], name="key_once_per_user"),)

    def __str__(self) -> str:
        return self.key
