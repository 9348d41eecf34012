"""One's own account: role, password, API tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from certification import queries
from certification.accounts import roles, tokens
from certification.admin.pages import idempotent_forms
from certification.admin.pages.refusals import refusals_shown
from certification.admin.pages.screen import SIGNED_IN, Screen, actor, render

from .people import revoke_asked

DEFAULT_HOURS = 12


def page(request: HttpRequest) -> TemplateResponse:
    return _page(request)


@idempotent_forms.on("account")
def make(request: HttpRequest) -> HttpResponse:
    """Shows the token in its answer, the only place where it ever stands."""
    with refusals_shown(request):
        _row, token = tokens.make(_oneself(request), actor(request), _lifetime(request))
        answer = _page(request, token=token)
        add_never_cache_headers(answer)
        return answer
    return redirect("admin:account")


@idempotent_forms.on("account")
def revoke(request: HttpRequest) -> HttpResponse:
    with refusals_shown(request):
        revoke_asked(request, _oneself(request))
        messages.success(request, _("Revoked."))
    return redirect("admin:account")


def _page(request: HttpRequest, **more: Any) -> TemplateResponse:
    user = _oneself(request)
    return render(
        request,
        "homologa/account/account.html",
        {
            "title": _("My account"),
            "role": roles.role_of(user),
            "tokens": [(tokens.short(row), row) for row in queries.tokens.live_tokens(user)],
            "hours": DEFAULT_HOURS,
            "most_hours": tokens.LONGEST // timedelta(hours=1),
            **more,
        },
    )


def _lifetime(request: HttpRequest) -> timedelta:
    """What is no number of hours is refused as too short."""
    text = request.POST.get("hours", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    return timedelta(hours=number)


def _oneself(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


SCREENS = (
    Screen("account/", "account", page, SIGNED_IN),
    Screen("account/tokens/", "account_token", make, SIGNED_IN),
    Screen("account/tokens/revoke/", "account_revoke", revoke, SIGNED_IN),
)
