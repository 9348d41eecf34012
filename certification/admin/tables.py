from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from certification.accounts import roles
from certification.accounts.roles import Role
from certification.models import (
    CertificationJob,
    Evidence,
    JobCertification,
    ModelCertification,
    ModelCertificationLegacy,
    Worker,
)

from .pages.screen import ask_for_password

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Model]
else:
    # Only the stubs know it as generic.
    ModelAdmin = admin.ModelAdmin


class ReadOnly(ModelAdmin):
    """Records that only the application writes."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


# Tokens are made and revoked on screens that show them once.
admin.site.unregister([AuthToken, User, Group])


@admin.register(User)
class Users(ReadOnly):
    """Read-only: People adds and changes accounts."""

    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("username", "email", "first_name", "last_name")
    exclude = ("password",)


@admin.register(Group)
class Groups(GroupAdmin):
    """For superusers: a permission ticked here goes to everyone with the role. A role can be
    neither deleted nor renamed, and keeps the permissions that define it."""

    # The search fields of Django's two lists have no label that screen readers read.
    filter_horizontal = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> list[str]:
        return ["name"] if _is_role(obj) else []

    def save_related(self, *args: Any) -> None:
        super().save_related(*args)
        roles.make_roles()

    def changeform_view(self, request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        return ask_for_password(request) or super().changeform_view(request, *args, **named)

    def delete_view(self, request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        return ask_for_password(request) or super().delete_view(request, *args, **named)

    def changelist_view(self, request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        return ask_for_password(request) or super().changelist_view(request, *args, **named)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return _is_superuser(request) and not _is_role(obj)


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


def _is_role(group: Group | None) -> bool:
    return group is not None and group.name in set(Role)


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
        "route_kind",
        "score",
        "error_category",
        "duration_ms",
        "completed_at",
        "simulated",
    )
    list_filter = ("status", "route_kind", "region")
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
        "route_kind",
        "score",
        "badge",
        "stale_reason",
        "completed_at",
        "simulated",
    )
    list_filter = ("status", "verdict", "route_kind", "region")
    list_select_related = ("model",)
    search_fields = ("model__name", "model__api_model_id", "region__id")

    @admin.display(description=_("model"), ordering="model__name")
    def model_name(self, standing: ModelCertification) -> str:
        return standing.model.name


@admin.register(ModelCertificationLegacy)
class ModelCertificationLegacyAdmin(ReadOnly):
    list_display = ("named", "region", "status", "passed", "score", "certified_at")
    list_filter = ("status", "passed")
    search_fields = ("named", "region", "old_id")


@admin.register(Evidence)
class EvidenceAdmin(ReadOnly):
    list_display = ("certification",)


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    list_display = (
        *("hostname", "pid", "health_port", "concurrency"),
        *("started_at", "beat_at", "stopped_at"),
    )
