from __future__ import annotations

import uuid
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certification.states import RouteKind
from models_registry.models import AIModel, Region

from .opening_hours import OpeningHours

# A year, and ten years. Larger values are typing errors, and much larger ones overflow a datetime.
MOST_HOURS, MOST_DAYS = 8_760, 3_650
HOUR = (MinValueValidator(0), MaxValueValidator(23))


class Schedule(models.Model):
    """Which pairs are recertified automatically, how often, and at which hours.

    No vendors, models, regions or routes chosen means all of them. Hours are in the deployment's
    time zone; `from_hour` equal to `to_hour` means the whole day.
    """

    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True)
    is_active = models.BooleanField(_("active"), default=True)
    vendors = models.JSONField(
        _("vendors"), default=list, blank=True, help_text=_("None chosen: all of them.")
    )
    capability = models.CharField(
        _("capability"),
        max_length=64,
        blank=True,
        default="",
        help_text=_("Only models that declare it; empty: whatever they declare."),
    )
    chosen_models = models.ManyToManyField(
        AIModel,
        through="ScheduleModel",
        blank=True,
        related_name="+",
        verbose_name=_("models"),
        help_text=_("None chosen: all that fit the above."),
    )
    chosen_regions = models.ManyToManyField(
        Region,
        through="ScheduleRegion",
        blank=True,
        related_name="+",
        verbose_name=_("regions"),
        help_text=_("None chosen: all active ones."),
    )
    routes = models.JSONField(
        _("routes"),
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        help_text=_("Kinds that may be used. None chosen: all that the deployment allows."),
    )
    every_hours = models.PositiveSmallIntegerField(
        _("hours between rounds"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_HOURS)],
    )
    valid_days = models.PositiveSmallIntegerField(
        _("days valid"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_DAYS)],
        help_text=_("How long a certification holds; after that it is stale, and due again."),
    )
    from_hour = models.PositiveSmallIntegerField(_("from (hour)"), default=0, validators=HOUR)
    to_hour = models.PositiveSmallIntegerField(
        _("to (hour)"),
        default=0,
        validators=HOUR,
        help_text=_("From an hour to the same hour: the whole day."),
    )
    pairs_a_day = models.PositiveIntegerField(
        _("pairs a day"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("At most; spread over the day's rounds. Empty: no limit."),
    )
    next_round_at = models.DateTimeField(_("next round"), db_default=Now())
    last_round_at = models.DateTimeField(_("last round"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    class Meta:
        db_table = "recertification_policies"
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                name="schedule_numbers_positive",
                condition=Q(every_hours__gte=1, valid_days__gte=1)
                & (Q(pairs_a_day__isnull=True) | Q(pairs_a_day__gte=1)),
            ),
            models.CheckConstraint(
                name="schedule_hours_of_a_day",
                condition=Q(from_hour__lte=23, to_hour__lte=23),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if not isinstance(self.vendors, list):
            raise ValidationError({"vendors": _("A list of vendors.")})
        if not isinstance(self.routes, list) or not set(self.routes) <= set(RouteKind.values):
            raise ValidationError({"routes": _("A list of kinds of routes.")})

    @property
    def hours_a_day(self) -> int:
        return (self.to_hour - self.from_hour) % 24 or 24

    @property
    def opening_hours(self) -> OpeningHours:
        zone = ZoneInfo(timezone.get_current_timezone_name())
        return OpeningHours(self.from_hour, self.hours_a_day, zone)


class ScheduleModel(models.Model):
    """A model that was chosen for a schedule.

    Declared explicitly to keep the old column names: during an upgrade, an older version may use
    the same table.
    """

    schedule = models.ForeignKey(
        Schedule, on_delete=models.CASCADE, related_name="+", db_column="recertificationpolicy_id"
    )
    model = models.ForeignKey(
        AIModel, on_delete=models.CASCADE, related_name="+", db_column="aimodel_id"
    )

    class Meta:
        db_table = "recertification_policies_chosen_models"
        unique_together = (("schedule", "model"),)

    def __str__(self) -> str:
        return f"{self.schedule_id} · {self.model_id}"


class ScheduleRegion(models.Model):
    """A region that was chosen for a schedule; see ScheduleModel."""

    schedule = models.ForeignKey(
        Schedule, on_delete=models.CASCADE, related_name="+", db_column="recertificationpolicy_id"
    )
    region = models.ForeignKey(
        Region, on_delete=models.CASCADE, related_name="+", db_column="region_id"
    )

    class Meta:
        db_table = "recertification_policies_chosen_regions"
        unique_together = (("schedule", "region"),)

    def __str__(self) -> str:
        return f"{self.schedule_id} · {self.region_id}"
