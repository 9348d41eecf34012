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
from certification.admin.pages.token_forms import revoke_requested

DEFAULT_HOURS = 12


def account_page(request: HttpRequest) -> TemplateResponse:
    return _account_page(request)


@idempotent_forms.posted_from("account")
def make_token(request: HttpRequest) -> HttpResponse:
    """Shows the token in its response, and nowhere else."""
    with refusals_shown(request):
        _row, token = tokens.make(_user(request), actor(request), _lifetime(request))
        answer = _account_page(request, token=token)
        add_never_cache_headers(answer)
        return answer
    return redirect("admin:account")


@idempotent_forms.posted_from("account")
def revoke_tokens(request: HttpRequest) -> HttpResponse:
    with refusals_shown(request):
        revoke_requested(request, _user(request))
        messages.success(request, _("Revoked."))
    return redirect("admin:account")


def _account_page(request: HttpRequest, **extra: Any) -> TemplateResponse:
    user = _user(request)
    return render(
        request,
        "homologa/account/account.html",
        {
            "title": _("My account"),
            "role": roles.role_of(user),
            "tokens": [(tokens.short(row), row) for row in queries.tokens.live_tokens(user)],
            "hours": DEFAULT_HOURS,
            "most_hours": tokens.LONGEST // timedelta(hours=1),
            **extra,
        },
    )


def _lifetime(request: HttpRequest) -> timedelta:
    """Returns 0 hours, which is refused as too short, for what is not a number."""
    text = request.POST.get("hours", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    return timedelta(hours=number)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


SCREENS = (
    Screen("account/", "account", account_page, SIGNED_IN),
    Screen("account/tokens/", "account_token", make_token, SIGNED_IN),
    Screen("account/tokens/revoke/", "account_revoke", revoke_tokens, SIGNED_IN),
)
