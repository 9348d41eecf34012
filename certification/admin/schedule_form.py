"""The form in which administrators edit schedules; the screen Schedules lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Field, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from certification.models import Schedule
from certification.states import RouteKind
from models_registry import queries as registry
from models_registry.models import AIModel, Region

if TYPE_CHECKING:
    Form = ModelForm[Schedule]
    ModelAdmin = admin.ModelAdmin[Schedule]
else:
    # Only the stubs know them as generic.
    Form = ModelForm
    ModelAdmin = admin.ModelAdmin


# Lines of a list that are visible without scrolling.
VISIBLE_LINES = 12


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
    routes = forms.MultipleChoiceField(
        label=_("Routes"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Kinds that may be used. None chosen: all that the deployment allows."),
    )
    # Not the model's own fields: Django's admin edits no relation whose table is written out.
    models = forms.ModelMultipleChoiceField(
        label=_("Models"),
        required=False,
        queryset=AIModel.objects.none(),
        widget=forms.SelectMultiple({"size": VISIBLE_LINES}),
        help_text=_("None chosen: all that fit the above."),
    )
    regions = forms.ModelMultipleChoiceField(
        label=_("Regions"),
        required=False,
        queryset=Region.objects.none(),
        widget=forms.SelectMultiple({"size": VISIBLE_LINES}),
        help_text=_("None chosen: all active ones."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        vendors, capabilities = registry.vendors_and_capabilities()
        # Chosen vendors that are switched off stay choices: without any, all would be chosen.
        vendors = sorted({*vendors, *self.instance.vendors})
        capabilities = sorted({*capabilities, self.instance.capability} - {""})
        # Chosen kinds that the deployment has forbidden since stay choices, too, and allow nothing.
        kinds = [*settings.ALLOWED_ROUTES, *self.instance.routes]
        self._choices(
            "routes", [(kind.value, str(kind.label)) for kind in RouteKind if kind in kinds]
        )
        self._choices("vendors", [(vendor, vendor) for vendor in vendors])
        self._choices("capability", [("", "–"), *((name, name) for name in capabilities)])
        saved = not self.instance._state.adding
        self._offer(
            "models", registry.certifiable_models(), self.instance.chosen_models if saved else None
        )
        self._offer(
            "regions", registry.active_regions(), self.instance.chosen_regions if saved else None
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # Rounds may have run while the form was open: only a time that was edited is saved.
        if not self.instance._state.adding and "next_round_at" not in self.changed_data:
            cleaned["next_round_at"] = self.instance.next_round_at
        return cleaned

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]
        self.instance.chosen_models.set(self.cleaned_data["models"])
        self.instance.chosen_regions.set(self.cleaned_data["regions"])

    def _offer(self, name: str, offered: QuerySet[Any], chosen: Any) -> None:
        """Sets the choices: those offered, and those chosen before, which are selected."""
        field = self.fields[name]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = offered
        if chosen is not None:
            both = Q(pk__in=offered.values("pk")) | Q(pk__in=chosen.values("pk"))
            field.queryset = offered.model.objects.filter(both).order_by(*offered.query.order_by)
            self.initial.setdefault(name, list(chosen.all()))

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


@admin.register(Schedule)
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
        (_("What"), {"fields": ("vendors", "capability", "models", "regions", "routes")}),
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

    def response_post_save_add(self, request: Any, obj: Schedule) -> HttpResponseRedirect:
        return redirect("admin:schedules")

    def response_post_save_change(self, request: Any, obj: Schedule) -> HttpResponseRedirect:
        return redirect("admin:schedules")

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: Any, **options: Any
    ) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **options)
        if db_field.name == "next_round_at" and field is not None:
            field.show_hidden_initial = True
            # Django's “Date:” and “Time:” beside them are no labels.
            both: Any = field.widget
            for part, label in zip(
                both.widgets, (_("Next round, date"), _("Next round, time")), strict=True
            ):
                part.attrs["aria-label"] = label
        return field
