"""Where administrators edit schedules; the screen beside it shows what they come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Field
from django.forms import ModelForm
from django.utils.translation import gettext_lazy as _

from certification.models import RecertificationPolicy
from models_registry import queries as registry

if TYPE_CHECKING:
    Form = ModelForm[RecertificationPolicy]
    ModelAdmin = admin.ModelAdmin[RecertificationPolicy]
else:
    # Only the stubs know them as generic.
    Form = ModelForm
    ModelAdmin = admin.ModelAdmin


class ScheduleForm(Form):
    vendors = forms.MultipleChoiceField(
        label=_("Vendors"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all of them."),
    )
    capability = forms.ChoiceField(
        label=_("Capability"),
        required=False,
        help_text=_("Only models that declare it; empty: whatever they declare."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        vendors, capabilities = registry.vendors_and_capabilities()
        self._choices("vendors", [(vendor, vendor) for vendor in vendors])
        self._choices("capability", [("", "–"), *((name, name) for name in capabilities)])

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


@admin.register(RecertificationPolicy)
class Schedules(ModelAdmin):
    form = ScheduleForm
    list_display = (
        "name",
        "is_active",
        "every_hours",
        "valid_days",
        "pairs_a_day",
        "next_round_at",
    )
    list_filter = ("is_active",)
    fieldsets = (
        (None, {"fields": ("name", "is_active")}),
        (_("What"), {"fields": ("vendors", "capability", "chosen_models", "chosen_regions")}),
        (
            _("When"),
            {
                "fields": (
                    "valid_days",
                    "every_hours",
                    ("from_hour", "to_hour"),
                    "pairs_a_day",
                    "next_round_at",
                )
            },
        ),
    )

    def formfield_for_manytomany(
        self, db_field: Any, request: Any, **options: Any
    ) -> forms.ModelMultipleChoiceField[Any] | None:
        options["queryset"] = {
            "chosen_models": registry.certifiable_models(),
            "chosen_regions": registry.active_regions(),
        }[db_field.name]
        field = super().formfield_for_manytomany(db_field, request, **options)
        if field is not None:
            field.widget.attrs["size"] = 12
        return field

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: Any, **options: Any
    ) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **options)
        if db_field.name in ("chosen_models", "chosen_regions") and field is not None:
            # What a schedule may choose is not made from here.
            widget: Any = field.widget
            widget.can_add_related = widget.can_change_related = widget.can_view_related = False
        if db_field.name == "next_round_at" and field is not None:
            # Django writes “Date:” and “Time:” beside them, as text that labels nothing.
            both: Any = field.widget
            for part, label in zip(
                both.widgets, (_("Next round, date"), _("Next round, time")), strict=True
            ):
                part.attrs["aria-label"] = label
        return field
