from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from certification.states import AuditAction, Face

from .job import CertificationJob


class AuditEntry(models.Model):
    """An action of a user: who did what, when, and through which face (API, admin, command …).

    Written in the transaction of the action, and never changed. `subject` and `username` are
    copies, so that they remain readable after the object or the account is deleted.
    """

    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(_("when"), db_default=Now())
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("user"),
    )
    username = models.CharField(_("user name"), max_length=150, blank=True, default="")
    face = models.CharField(_("through"), max_length=16, choices=Face.choices)
    action = models.CharField(_("action"), max_length=32, choices=AuditAction.choices)
    job = models.ForeignKey(
        CertificationJob,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("job"),
    )
    subject = models.CharField(_("subject"), max_length=255, blank=True, default="")
    details = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        db_table = "certification_audit"
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ("-at", "id")
        constraints = (
            models.CheckConstraint(name="audit_face_known", condition=Q(face__in=Face.values)),
        )
        indexes = (
            models.Index(fields=["-at"], name="audit_at"),
            models.Index(fields=["action", "-at"], name="audit_action_at"),
        )

    def __str__(self) -> str:
        return f"{self.username} {self.action} {self.subject}"
