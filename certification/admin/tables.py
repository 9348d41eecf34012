from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from certification.models import (
    CertificationJob,
    Evidence,
    JobCertification,
    ModelCertification,
    Worker,
)

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Model]
else:
    # Only the stubs know it as generic.
    ModelAdmin = admin.ModelAdmin


class ReadOnly(ModelAdmin):
    """Records are written by the certifying, never by hand."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(CertificationJob)
class CertificationJobAdmin(ReadOnly):
    list_display = (
        "id",
        "type",
        "status",
        "total_models",
        "success_count",
        "failure_count",
        "created_by",
        "created_at",
        "completed_at",
    )
    list_filter = ("status", "type")
    list_select_related = ("created_by",)
    date_hierarchy = "created_at"


@admin.register(JobCertification)
class JobCertificationAdmin(ReadOnly):
    list_display = (
        "model_name",
        "region_id",
        "status",
        "score",
        "error_category",
        "duration_ms",
        "completed_at",
        "simulated",
    )
    list_filter = ("status", "error_category", "region")
    list_select_related = ("model",)
    search_fields = ("model__name", "model__api_model_id", "region__id")

    @admin.display(description=_("model"), ordering="model__name")
    def model_name(self, pair: JobCertification) -> str:
        return pair.model.name


@admin.register(ModelCertification)
class ModelCertificationAdmin(ReadOnly):
    list_display = (
        "model_name",
        "region_id",
        "status",
        "verdict",
        "score",
        "badge",
        "stale_reason",
        "completed_at",
        "simulated",
    )
    list_filter = ("status", "verdict", "region")
    list_select_related = ("model",)
    search_fields = ("model__name", "model__api_model_id", "region__id")

    @admin.display(description=_("model"), ordering="model__name")
    def model_name(self, standing: ModelCertification) -> str:
        return standing.model.name


@admin.register(Evidence)
class EvidenceAdmin(ReadOnly):
    list_display = ("certification",)


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    list_display = ("hostname", "pid", "concurrency", "started_at", "beat_at", "stopped_at")
