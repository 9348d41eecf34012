"""Answers of AWS, and models that AWS lists and the registry does not hold."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AwsLook(models.Model):
    """What AWS listed at one moment. It changes the registry only when it is applied.

    seen:   region -> API model id -> fields of aws/reading.py's ListedModel, for regions read
    unread: region -> the reason why it could not be read
    """

    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4, editable=False)
    looked_at = models.DateTimeField(_("looked at"), db_default=Now())
    seen = models.JSONField(_("seen"), default=dict)
    unread = models.JSONField(_("regions that could not be read"), default=dict)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)
    changes = models.PositiveIntegerField(_("changes applied"), default=0)

    class Meta:
        db_table = "aws_looks"
        verbose_name = _("look at AWS")
        verbose_name_plural = _("looks at AWS")
        ordering = ("-looked_at", "id")

    def __str__(self) -> str:
        return str(self.looked_at)


class ProposalStatus(models.TextChoices):
    OPEN = "OPEN", pgettext_lazy("proposal", "open")
    ACCEPTED = "ACCEPTED", pgettext_lazy("proposal", "accepted")
    DISMISSED = "DISMISSED", pgettext_lazy("proposal", "dismissed")


class ModelProposal(models.Model):
    """A model that AWS lists and the registry does not hold. Staff accept or dismiss it."""

    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4, editable=False)
    api_model_id = models.CharField(_("API model id"), max_length=200, unique=True)
    name = models.CharField(_("name"), max_length=200)
    vendor = models.CharField(_("vendor"), max_length=100)
    input_modalities = models.JSONField(_("input modalities"), default=list)
    output_modalities = models.JSONField(_("output modalities"), default=list)
    streaming = models.BooleanField(_("streaming"), null=True, blank=True)
    lifecycle = models.CharField(_("lifecycle"), max_length=16, blank=True, default="")
    regions = models.JSONField(
        _("regions"), default=dict, help_text=_("Region to inference types, as last seen.")
    )
    status = models.CharField(
        _("status"),
        max_length=16,
        choices=ProposalStatus.choices,
        default=ProposalStatus.OPEN,
    )
    first_seen_at = models.DateTimeField(_("first seen"), db_default=Now())
    last_seen_at = models.DateTimeField(_("last seen"), db_default=Now())

    class Meta:
        db_table = "model_proposals"
        verbose_name = _("proposed model")
        verbose_name_plural = _("proposed models")
        ordering = ("vendor", "name", "api_model_id")
        constraints = (
            models.CheckConstraint(
                name="proposal_status_known", condition=Q(status__in=ProposalStatus.values)
            ),
        )

    def __str__(self) -> str:
        return self.api_model_id
