"""The staff's site: Django's admin with screens of its own in front."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _

from certification.accounts import audit, sign_in
from certification.accounts.people import TABLE
from certification.states import AuditAction

from .audited_tables import with_audit
from .pages import idempotent_forms
from .pages.screen import actor
from .screens import SCREENS, overview


class Site(AdminSite):
    site_header = site_title = "Homologa"
    index_title = _("Overview")
    enable_nav_sidebar = False
    site_url = None

    def register(
        self,
        model_or_iterable: Any,
        admin_class: type[ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        """Every table of the site writes to the audit log, whatever app it is of."""
        super().register(model_or_iterable, with_audit(admin_class or ModelAdmin), **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own = [
            path(screen.path, self.admin_view(screen.authorized_view), name=screen.name)
            for screen in SCREENS
        ]
        tables = path("tables/", self.admin_view(self.tables), name="tables")
        return [*own, tables, *super().get_urls()]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        return overview.overview_page(request)

    def tables(self, request: HttpRequest) -> TemplateResponse:
        """Django's own first page: every table that the role may see."""
        return super().index(request, {"title": _("Tables")})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        entries = [
            (screen, _entry(request, screen.name, screen.label, screen.family))
            for screen in (overview.SCREEN, *SCREENS)
            if screen.label and screen.is_open_to(request)
        ]
        system = [entry for screen, entry in entries if screen.system]
        if entries:
            tables = _entry(request, "tables", _("Tables"), ("tables", "app_list"))
            # Django marks the views of its tables with this; some of them belong to a screen.
            here = request.resolver_match
            if not any(entry["is_here"] for _screen, entry in entries):
                tables["is_here"] |= here is not None and hasattr(here.func, "model_admin")
            system.append(tables)
        return {
            **super().each_context(request),
            "navigation": [entry for screen, entry in entries if not screen.system],
            "system_navigation": system,
            "is_in_system": any(entry["is_here"] for entry in system),
        }

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return self._logged_out(request)

    @staticmethod
    @idempotent_forms.posted_from("index")
    def _logged_out(request: HttpRequest) -> HttpResponseBase:
        logout(request)
        messages.success(request, _("You are signed out."))
        return redirect("admin:login")

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Of one's own account. The old password is limited like one at a sign-in."""
        if request.method == "POST" and isinstance(request.user, User):
            old = request.POST.get("old_password", "")
            is_right = sign_in.confirms(request, request.user, old)
            if not is_right and sign_in.is_locked_out(request):
                raise PermissionDenied
        with transaction.atomic():
            answer = super().password_change(request, extra_context)
            if answer.status_code == HTTPStatus.FOUND:
                acting = actor(request)
                name = acting.user.get_username() if acting.user else ""
                audit.note(
                    acting, AuditAction.ROW_CHANGED, subject=name, table=TABLE, fields=["password"]
                )
        return answer


def _entry(request: HttpRequest, name: str, label: Any, family: tuple[str, ...]) -> dict[str, Any]:
    here = request.resolver_match
    return {
        "label": label,
        "url": reverse(f"admin:{name}"),
        "is_here": here is not None and here.url_name in family,
    }
