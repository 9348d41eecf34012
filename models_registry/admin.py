"""The registry in the admin: read-only, except for the `is_active` switches."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from .models import AIModel, ModelOffer, Provider, Region

# Django's classes are generic only in the type stubs.
if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Model]
    Form = ModelForm[Model]
else:
    ModelAdmin = admin.ModelAdmin
    Form = ModelForm


class SwitchForm(Form):
    """Adds an aria-label to each checkbox of a list, which has only a column header as label."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label}: {self.instance}"


class CatalogueAdmin(ModelAdmin):
    """Read-only: the next load of the catalogue would undo any edit, addition or deletion."""

    editable: tuple[str, ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [field.name for field in self.model._meta.fields if field.name not in self.editable]

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[Form]:
        return super().get_changelist_form(request, form=SwitchForm, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Provider)
class ProviderAdmin(CatalogueAdmin):
    list_display = ("name", "id", "is_certifiable", "model_count")
    list_filter = ("is_certifiable",)
    search_fields = ("id", "name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        rows: QuerySet[Model] = super().get_queryset(request).annotate(model_count=Count("models"))
        return rows

    @admin.display(description=_("models"), ordering="model_count")
    def model_count(self, provider: Provider) -> int:
        return provider.model_count  # type: ignore[attr-defined, no-any-return]


@admin.register(Region)
class RegionAdmin(CatalogueAdmin):
    editable = ("is_active",)
    list_display = ("id", "display_name", "geography", "is_active", "model_count")
    list_display_links = ("id", "display_name")
    list_editable = ("is_active",)
    list_filter = ("geography", "is_active")
    search_fields = ("id", "name", "name_pt")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        rows: QuerySet[Model] = super().get_queryset(request).annotate(model_count=Count("offers"))
        return rows

    @admin.display(description=_("name"))
    def display_name(self, region: Region) -> str:
        return region.display_name

    @admin.display(description=_("models offered"), ordering="model_count")
    def model_count(self, region: Region) -> int:
        return region.model_count  # type: ignore[attr-defined, no-any-return]


@admin.register(AIModel)
class AIModelAdmin(CatalogueAdmin):
    editable = ("is_active",)
    list_display = (
        "name",
        "vendor",
        "api_model_id",
        "kind",
        "lifecycle",
        "context_window",
        "input_price",
        "output_price",
        "region_count",
        "is_active",
    )
    list_editable = ("is_active",)
    list_filter = ("provider", "vendor", "kind", "lifecycle", "is_active")
    search_fields = ("name", "api_model_id", "vendor")
    fieldsets = (
        (None, {"fields": ("name", "vendor", "provider", "api_model_id", "id", "is_active")}),
        (
            _("abilities"),
            {
                "fields": (
                    "kind",
                    "input_modalities",
                    "output_modalities",
                    "capabilities",
                    "context_window",
                    "max_output_tokens",
                    "embedding_dimension",
                )
            },
        ),
        (
            _("prices"),
            {
                "fields": (
                    "input_price",
                    "output_price",
                    "image_price",
                    "cache_read_price",
                    "cache_write_price",
                    "rerank_price",
                    "geo_price_factor",
                )
            },
        ),
        (
            _("life"),
            {
                "fields": (
                    "lifecycle",
                    "end_of_life_at",
                    "origin",
                    "retired_at",
                    "created_at",
                    "updated_at",
                )
            },
        ),
        (_("where it is offered"), {"fields": ("offered",)}),
        (_("where this is known from"), {"fields": ("source", "checked_on")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        models = super().get_queryset(request).select_related("provider")
        rows: QuerySet[Model] = models.annotate(region_count=Count("offers"))
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "offered"]

    @admin.display(description=_("regions"))
    def offered(self, model: AIModel) -> SafeString:
        offers = model.offers.select_related("region").order_by("region")
        lines = (
            (
                offer.region,
                ", ".join(offer.inference_types),
                offer.invocation_id,
                _ending(offer.end_of_life_at),
            )
            for offer in offers
        )
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {} ({}){}</li>", lines))

    @admin.display(description=_("regions"), ordering="region_count")
    def region_count(self, model: AIModel) -> int:
        return model.region_count  # type: ignore[attr-defined, no-any-return]


def _ending(end_of_life_at: datetime | None) -> str:
    if end_of_life_at is None:
        return ""
    return str(_(", end of life %(day)s") % {"day": date_format(end_of_life_at.date())})


@admin.register(ModelOffer)
class ModelOfferAdmin(CatalogueAdmin):
    list_display = ("model", "region", "ways", "called_as")
    list_filter = ("region", "model__vendor")
    list_select_related = ("model", "region")
    search_fields = ("model__name", "model__api_model_id", "region__id")
    ordering = ("model", "region")

    @admin.display(description=_("inference types"))
    def ways(self, offer: ModelOffer) -> str:
        return ", ".join(offer.inference_types)

    @admin.display(description=_("called as"))
    def called_as(self, offer: ModelOffer) -> str:
        return offer.invocation_id
