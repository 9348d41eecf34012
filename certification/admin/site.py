"""The staff's site: Django's admin with screens of its own in front."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _

from .screens import SCREENS, overview


class Site(AdminSite):
    site_header = site_title = "Homologa"
    index_title = _("Overview")
    enable_nav_sidebar = False
    site_url = None

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own = [
            path(screen.path, self.admin_view(screen.checked), name=screen.name)
            for screen in SCREENS
        ]
        tables = path("tables/", self.admin_view(self.tables), name="tables")
        return [*own, tables, *super().get_urls()]

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        return overview.page(request)

    def tables(self, request: HttpRequest) -> TemplateResponse:
        """What Django's own first page shows: every table that the role may see."""
        return super().index(request, {"title": _("Tables")})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "navigation": self._navigation(request)}

    def _navigation(self, request: HttpRequest) -> list[dict[str, Any]]:
        return [
            {
                "label": screen.label,
                "url": reverse(f"admin:{screen.name}"),
                "is_here": request.resolver_match is not None
                and request.resolver_match.url_name in screen.family,
            }
            for screen in (overview.SCREEN, *SCREENS)
            if screen.label and screen.is_open_to(request)
        ]
