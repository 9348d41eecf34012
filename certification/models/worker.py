from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Worker(models.Model):
    """A worker process with its last heartbeat. All times are by the database's clock."""

    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4, editable=False)
    hostname = models.CharField(_("host"), max_length=255)
    pid = models.PositiveIntegerField(_("process"))
    concurrency = models.PositiveSmallIntegerField(_("pairs at a time"))
    health_port = models.PositiveIntegerField(_("health port"), null=True, blank=True)
    started_at = models.DateTimeField(_("started at"), db_default=Now())
    beat_at = models.DateTimeField(_("last heartbeat"), db_default=Now())
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)

    class Meta:
        db_table = "certification_workers"
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering = ("-beat_at",)

    def __str__(self) -> str:
        return f"{self.hostname}:{self.pid}"
