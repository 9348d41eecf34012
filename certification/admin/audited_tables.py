"""Tables of Django's admin that write to the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from certification.accounts import audit
from certification.states import AuditAction

from .lookups import Narrowed
from .pages.screen import actor

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    # Only the stubs know it as generic.
    ModelAdmin = admin.ModelAdmin


class AuditedModelAdmin(ModelAdmin):
    """Notes which row and which fields, never their values, which may be secret."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        _note(request, AuditAction.ROW_ADDED, obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        _note(request, AuditAction.ROW_CHANGED, obj, fields=_fields(message))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for row in queryset:
            _note(request, AuditAction.ROW_DELETED, row)
        return super().log_deletions(request, queryset)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # Django runs its forms in a transaction, but not the deleting of ticked rows.
        with transaction.atomic() if request.method == "POST" else nullcontext():
            return super().changelist_view(request, extra_context)


def with_audit(admin_class: type[Any]) -> type[Any]:
    if issubclass(admin_class, AuditedModelAdmin):
        return admin_class
    bases = (AuditedModelAdmin, Narrowed, admin_class)
    return type(admin_class.__name__, bases, {"__module__": __name__})


def _note(request: HttpRequest, action: AuditAction, row: Model, **details: Any) -> None:
    audit.note(actor(request), action, subject=str(row), table=row._meta.label_lower, **details)


def _fields(message: Iterable[Any] | str) -> list[str]:
    """Names from what Django writes: [{"changed": {"fields": ["Name"], "name": …}}, …]."""
    if isinstance(message, str):
        return []
    return [
        field
        for change in message
        if isinstance(change, dict)
        for what in change.values()
        for field in what.get("fields", ())
    ]
