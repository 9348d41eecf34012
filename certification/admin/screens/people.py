"""People: accounts, their roles, passwords and tokens."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.debug import sensitive_post_parameters

from certification import queries
from certification.accounts import people, roles, sign_in, tokens
from certification.accounts.audit import Actor
from certification.accounts.people import NewPerson
from certification.accounts.roles import Role
from certification.admin.pages import idempotent_forms
from certification.admin.pages.pager import pager, requested_page
from certification.admin.pages.refusals import refusals_shown
from certification.admin.pages.screen import ADMINISTER, Screen, actor, render
from certification.admin.pages.token_forms import revoke_requested
from certification.errors import CertificationError, NameRefused, PersonNotFound

PEOPLE_PER_PAGE = 50
ACTIVE, INACTIVE = "active", "inactive"
IS_ACTIVE = {ACTIVE: True, INACTIVE: False}


def people_list(request: HttpRequest) -> TemplateResponse:
    given = {name: request.GET.get(name, "").strip() for name in ("search", "state")}
    rows = queries.people.search(
        {"search": given["search"], "active": IS_ACTIVE.get(given["state"])}
    )
    found = requested_page(
        request, lambda number: queries.pages.page_of(rows, number, PEOPLE_PER_PAGE)
    )
    return render(
        request,
        "homologa/people/list.html",
        {
            "title": _("People"),
            "people": [(user, roles.role_of(user)) for user in found.items],
            "pager": pager(request, found),
            "given": given,
            "is_filtered": any(given.values()),
            "states": [
                (ACTIVE, pgettext("account", "active")),
                (INACTIVE, pgettext("account", "switched off")),
            ],
        },
    )


@sensitive_post_parameters("password")
def add_person(request: HttpRequest) -> HttpResponse:
    given = request.POST
    refusal = ""
    if request.method == "POST":
        name = given.get("username", "").strip()
        try:
            if not name:
                raise NameRefused(_("The account needs a user name."))
            user = people.add(
                NewPerson(
                    username=name,
                    email=given.get("email", "").strip(),
                    password=given.get("password", ""),
                    role=_role(given.get("role", "")),
                    screens="screens" in given,
                ),
                actor(request),
            )
        except CertificationError as error:
            refusal = error.message
        else:
            messages.success(
                request,
                _("The account is made. Tell %(name)s the password in a safe way.")
                % {"name": user.username},
            )
            return redirect("admin:person", user.pk)
    context = {
        "title": _("Add a person"),
        "given": given,
        "screens": "screens" in given if given else True,
        "chosen": given.get("role", Role.VIEWER),
        "roles": _roles(),
        "refusal": refusal,
    }
    answer = render(request, "homologa/people/new.html", context)
    answer.status_code = HTTPStatus.BAD_REQUEST if refusal else HTTPStatus.OK
    return answer


def person_page(request: HttpRequest, user_id: int) -> TemplateResponse:
    user = _find(user_id)
    return render(
        request,
        "homologa/people/person.html",
        {
            "title": user.get_username(),
            "person": user,
            "role": roles.role_of(user),
            "is_oneself": user == request.user,
            "is_locked_out": sign_in.is_locked_out_anywhere(user),
            "tokens": [(tokens.short(row), row) for row in queries.tokens.live_tokens(user)],
            "roles": _roles(),
        },
    )


@idempotent_forms.posted_from("person", "user_id")
def change_role(request: HttpRequest, user_id: int) -> HttpResponseRedirect:
    chosen = _role(request.POST.get("role", ""))
    screens = "screens" in request.POST
    return _act(
        request,
        user_id,
        lambda whom, by: people.change_role(whom, chosen, by, screens=screens),
        _("The role is changed."),
    )


@sensitive_post_parameters("password")
@idempotent_forms.posted_from("person", "user_id")
def set_password(request: HttpRequest, user_id: int) -> HttpResponseRedirect:
    return _act(
        request,
        user_id,
        lambda whom, by: people.set_password(whom, request.POST.get("password", ""), by),
        _(
            "The password is changed: whoever was signed in with the old one no longer is. "
            "API tokens go on: they are revoked below."
        ),
    )


def deactivate_person(request: HttpRequest, user_id: int) -> HttpResponse:
    """Asks for confirmation first."""
    if request.method == "POST":
        return _act(
            request,
            user_id,
            people.deactivate,
            _("The account is switched off, and its tokens are revoked."),
        )
    user = _find(user_id)
    return render(
        request,
        "homologa/people/deactivate.html",
        {
            "title": _("Switch %(name)s off?") % {"name": user.get_username()},
            "person": user,
            "tokens": queries.tokens.live_tokens(user).count(),
        },
    )


@idempotent_forms.posted_from("person", "user_id")
def activate_person(request: HttpRequest, user_id: int) -> HttpResponseRedirect:
    return _act(
        request,
        user_id,
        people.activate,
        _("The account is active again. Its old tokens stay revoked."),
    )


@idempotent_forms.posted_from("person", "user_id")
def lift_lockout(request: HttpRequest, user_id: int) -> HttpResponseRedirect:
    return _act(request, user_id, people.let_in, _("The wrong passwords are forgotten."))


@idempotent_forms.posted_from("person", "user_id")
def revoke_tokens(request: HttpRequest, user_id: int) -> HttpResponseRedirect:
    """Revokes one token or all."""
    user = _find(user_id)
    return _act(request, user_id, lambda _whom, _by: revoke_requested(request, user), _("Revoked."))


def _find(user_id: int) -> User:
    try:
        return queries.people.get(user_id)
    except PersonNotFound as error:
        raise Http404(error.message) from None


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise Http404 from None


def _roles() -> list[tuple[str, str, str]]:
    may = {
        Role.VIEWER: _("read everything"),
        Role.OPERATOR: _("also certify, and cancel, pause and retry jobs"),
        Role.ADMINISTRATOR: _("also manage people, tokens and settings"),
    }
    return [(role.value, role.label, may[role]) for role in Role]


def _act(
    request: HttpRequest, user_id: int, act: Callable[[int, Actor], Any], success: str
) -> HttpResponseRedirect:
    with refusals_shown(request):
        act(user_id, actor(request))
        messages.success(request, success)
    return redirect("admin:person", user_id)


ONE = "people/<int:user_id>"
CHILDREN = ("person", "person_new", "person_deactivate")
SCREENS = (
    Screen(
        "people/",
        "people",
        people_list,
        ADMINISTER,
        label=gettext_lazy("People"),
        children=CHILDREN,
        system=True,
    ),
    Screen("people/new/", "person_new", add_person, ADMINISTER, confirmed=True),
    Screen(f"{ONE}/", "person", person_page, ADMINISTER),
    Screen(f"{ONE}/role/", "person_role", change_role, ADMINISTER, confirmed=True),
    Screen(f"{ONE}/password/", "person_password", set_password, ADMINISTER, confirmed=True),
    Screen(
        f"{ONE}/deactivate/", "person_deactivate", deactivate_person, ADMINISTER, confirmed=True
    ),
    Screen(f"{ONE}/activate/", "person_activate", activate_person, ADMINISTER, confirmed=True),
    Screen(f"{ONE}/let-in/", "person_let_in", lift_lockout, ADMINISTER, confirmed=True),
    Screen(f"{ONE}/tokens/revoke/", "person_revoke", revoke_tokens, ADMINISTER, confirmed=True),
)
