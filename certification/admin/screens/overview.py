"""The first page: how it stands, at a glance; each figure leads to the list behind it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certification import queries

from .screen import Screen, render


def page(request: HttpRequest) -> TemplateResponse:
    if not SCREEN.is_open_to(request):
        raise PermissionDenied
    return render(
        request,
        "homologa/overview.html",
        {"title": _("Overview"), "statistics": queries.statistics()},
    )


SCREEN = Screen("", "index", page, label=gettext_lazy("Overview"))
