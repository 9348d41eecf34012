from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from certification.states import RouteKind


class VerdictFields(models.Model):
    """The result of a certification. Both the pair and its standing have these columns.

    Durations and latencies in ms, cost in USD, score 0 to 100, rating 0.0 to 5.0.
    """

    passed = models.BooleanField(_("passed"), null=True, blank=True)
    score = models.FloatField(_("score"), null=True, blank=True, help_text=_("0 to 100."))
    rating = models.FloatField(_("rating"), null=True, blank=True, help_text=_("0.0 to 5.0."))
    grade = models.CharField(_("grade"), max_length=1, blank=True, default="", db_default="")
    badge = models.CharField(_("badge"), max_length=8, null=True, blank=True)  # noqa: DJ001
    error_category = models.CharField(
        _("error category"), max_length=32, blank=True, default="", db_default=""
    )
    error_code = models.CharField(
        _("error code"), max_length=64, blank=True, default="", db_default=""
    )
    error_message = models.TextField(_("error message"), blank=True, default="", db_default="")
    proved = models.JSONField(
        _("proved capabilities"),
        default=dict,
        blank=True,
        help_text=_("Ability to true (shown) or false (seen missing)."),
    )
    dead = models.JSONField(
        _("dead capabilities"),
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        help_text=_("Declared abilities of which a check got no points."),
    )
    unsteady = models.PositiveSmallIntegerField(
        _("unsteady checks"),
        default=0,
        db_default=0,
        help_text=_("Checks that gave different results when they were asked again."),
    )
    route_kind = models.CharField(
        _("route"), max_length=16, blank=True, default="", db_default="", choices=RouteKind.choices
    )
    route_id = models.CharField(
        _("id called"), max_length=250, blank=True, default="", db_default=""
    )
    routes = models.JSONField(
        _("routes"),
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        help_text=_("Every route, each with what came of it, in the order of preference."),
    )
    suite_version = models.CharField(
        _("suite version"), max_length=12, blank=True, default="", db_default=""
    )
    simulated = models.BooleanField(_("simulated"), null=True, blank=True)
    endpoint = models.CharField(
        _("endpoint"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("The address that was called in AWS's place; empty for AWS itself."),
    )
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    duration_ms = models.PositiveIntegerField(_("duration"), null=True, blank=True)
    latency_ms = models.PositiveIntegerField(
        _("latency"), null=True, blank=True, help_text=_("Median of the calls, ms.")
    )
    ttft_ms = models.PositiveIntegerField(_("time to first token"), null=True, blank=True)
    tokens_per_second = models.FloatField(_("tokens per second"), null=True, blank=True)
    input_tokens = models.PositiveIntegerField(_("input tokens"), default=0, db_default=0)
    output_tokens = models.PositiveIntegerField(_("output tokens"), default=0, db_default=0)
    cost = models.DecimalField(
        _("cost"),
        max_digits=14,
        decimal_places=8,
        null=True,
        blank=True,
        help_text=_("USD; empty where a price is unknown."),
    )

    class Meta:
        abstract = True


VERDICT_FIELDS = tuple(field.name for field in VerdictFields._meta.local_fields)
