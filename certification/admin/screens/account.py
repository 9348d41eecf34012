"""One's own account: role, password, sessions, API tokens."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from certification import queries
from certification.accounts import audit, roles, sessions, sign_in, tokens
from certification.accounts.people import TABLE
from certification.admin.pages import idempotent_forms
from certification.admin.pages.refusals import refusals_shown
from certification.admin.pages.screen import SIGNED_IN, Screen, actor, render
from certification.admin.pages.token_forms import ALL, revoke_requested
from certification.states import AuditAction

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


@sensitive_post_parameters("password")
def confirm_page(request: HttpRequest) -> HttpResponse:
    """Asks for the password, then leads to `next`."""
    given = request.POST.get("next") or request.GET.get("next", "")
    account = reverse("admin:account")
    is_ours = url_has_allowed_host_and_scheme(given, None) and given.startswith("/")
    next_address = given if is_ours else account
    refusal = ""
    if request.method == "POST":
        if sign_in.confirms(request, _user(request), request.POST.get("password", "")):
            request.session.cycle_key()
            sessions.confirm(request)
            return redirect(next_address)
        refusal = _("The password is wrong.")
    context = {"title": _("Your password, once more"), "next": next_address, "back": account}
    answer = render(request, "homologa/account/confirm.html", {**context, "refusal": refusal})
    answer.status_code = HTTPStatus.BAD_REQUEST if refusal else HTTPStatus.OK
    return answer


@idempotent_forms.posted_from("account")
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends one session, or all, with this one."""
    name = request.POST.get("session", "")
    user = _user(request)
    by = actor(request)
    with transaction.atomic():
        sessions.end(user, None if name == ALL else name)
        subject = user.get_username()
        audit.note(by, AuditAction.ROW_CHANGED, subject=subject, table=TABLE, fields=["sessions"])
    if name == ALL:
        logout(request)
    messages.success(request, _("Signed out."))
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
            "sessions": sessions.of_user(request, user),
            "hours": DEFAULT_HOURS,
            "most_hours": tokens.longest(user) // timedelta(hours=1),
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
    Screen("account/confirm/", "account_confirm", confirm_page, SIGNED_IN),
    Screen("account/sign-out/", "account_sign_out", sign_out, SIGNED_IN, confirmed=True),
    Screen("account/tokens/", "account_token", make_token, SIGNED_IN, confirmed=True),
    Screen("account/tokens/revoke/", "account_revoke", revoke_tokens, SIGNED_IN, confirmed=True),
)
