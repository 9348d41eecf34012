from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from models_registry.models import AIModel, Region


class CircuitBreaker(models.Model):
    """A region's limit of pairs at the same time, and the state of its circuit breaker.

    A region without a row has the deployment's limit and a closed circuit. While `opened_at` is
    set, no pair is claimed there before `retry_at`; after it, a single pair is, as a probe. All
    times are by the database's clock.
    """

    region = models.OneToOneField(
        Region,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="circuit_breaker",
        verbose_name=_("region"),
        db_column="region",
    )
    limit = models.PositiveSmallIntegerField(
        _("pairs at a time"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Over all workers and jobs; empty for the deployment's own limit."),
    )
    opened_at = models.DateTimeField(_("open since"), null=True, blank=True)
    retry_at = models.DateTimeField(_("next probe"), null=True, blank=True)
    failed_probes = models.PositiveSmallIntegerField(_("failed probes"), default=0, db_default=0)
    reason = models.CharField(
        _("reason"), max_length=32, blank=True, default="", db_default="",
        help_text=_("The category of the last error."),
    )  # fmt: skip

    class Meta:
        db_table = "certification_region_gates"
        verbose_name = _("circuit breaker")
        verbose_name_plural = _("circuit breakers")
        ordering = ("region",)
        constraints = (
            models.CheckConstraint(
                name="breaker_open_has_next_probe",
                condition=Q(opened_at__isnull=True, retry_at__isnull=True)
                | Q(opened_at__isnull=False, retry_at__isnull=False),
            ),
            models.CheckConstraint(
                name="breaker_limit_positive", condition=Q(limit__isnull=True) | Q(limit__gte=1)
            ),
        )

    def __str__(self) -> str:
        return str(self.region_id)


class RegionFailure(models.Model):
    """A model that failed with a regional error since the region last answered.

    The circuit opens when enough different models have failed, so that the retries of one broken
    model do not open the circuit of a working region.
    """

    region = models.ForeignKey(
        Region, on_delete=models.CASCADE, related_name="+", db_column="region", db_index=False
    )
    model = models.ForeignKey(AIModel, on_delete=models.CASCADE, related_name="+", db_index=False)
    category = models.CharField(_("error category"), max_length=32)
    failed_at = models.DateTimeField(_("failed at"), db_default=Now())

    class Meta:
        db_table = "certification_region_failures"
        verbose_name = _("region's failure")
        verbose_name_plural = _("regions' failures")
        constraints = (
            models.UniqueConstraint(fields=["region", "model"], name="failure_once_per_model"),
        )

    def __str__(self) -> str:
        return f"{self.model_id} · {self.region_id}"
