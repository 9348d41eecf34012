"""Where administrators edit schedules; the screen beside it shows what they come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Field, Q
from django.forms import ModelForm
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
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
        # What it is for stays chosen while it is switched off: none chosen would mean all.
        vendors = sorted({*vendors, *self.instance.vendors})
        capabilities = sorted({*capabilities, self.instance.capability} - {""})
        self._choices("vendors", [(vendor, vendor) for vendor in vendors])
        self._choices("capability", [("", "–"), *((name, name) for name in capabilities)])
        if not self.instance._state.adding:
            self._keep("chosen_models", self.instance.chosen_models)
            self._keep("chosen_regions", self.instance.chosen_regions)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # Rounds went on while the form was open: only a time that was edited is taken from it.
        if not self.instance._state.adding and "next_round_at" not in self.changed_data:
            cleaned["next_round_at"] = self.instance.next_round_at
        return cleaned

    def _keep(self, name: str, chosen: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        offered = field.queryset
        assert offered is not None
        both = Q(pk__in=offered.values("pk")) | Q(pk__in=chosen.values("pk"))
        field.queryset = offered.model.objects.filter(both).order_by(*offered.query.order_by)

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

    def response_post_save_add(
        self, request: Any, obj: RecertificationPolicy
    ) -> HttpResponseRedirect:
        return redirect("admin:schedules")

    def response_post_save_change(
        self, request: Any, obj: RecertificationPolicy
    ) -> HttpResponseRedirect:
        return redirect("admin:schedules")

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
            field.show_hidden_initial = True
            # Django writes “Date:” and “Time:” beside them, as text that labels nothing.
            both: Any = field.widget
            for part, label in zip(
                both.widgets, (_("Next round, date"), _("Next round, time")), strict=True
            ):
                part.attrs["aria-label"] = label
        return field
