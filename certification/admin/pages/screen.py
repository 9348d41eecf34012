from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from certification.accounts import sessions
from certification.accounts.audit import Actor
from certification.states import Face

READ = "certification.view_certificationjob"
CERTIFY = "certification.certify"
ADMINISTER = "certification.administer"
# Everybody who is signed in, whatever the role.
SIGNED_IN = ""


@dataclass(frozen=True)
class Screen:
    """A page or an action of the staff's site, with the right it requires.

    label:    its name in the navigation; without one it is not in the navigation
    children: names of screens that are reached from this one; it is marked as current on them too
    system:   whether it belongs to the second part of the navigation, "System"
    confirmed: whether a form is taken only shortly after the password was given
    """

    path: str
    name: str
    view: Callable[..., HttpResponseBase]
    right: str = READ
    label: Any = ""
    children: tuple[str, ...] = ()
    system: bool = False
    confirmed: bool = False

    @property
    def family(self) -> tuple[str, ...]:
        return (self.name, *self.children)

    def is_open_to(self, request: HttpRequest) -> bool:
        return self.right == SIGNED_IN or bool(request.user.has_perm(self.right))

    def authorized_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Raises PermissionDenied if the role does not allow it."""
        if not self.is_open_to(request):
            raise PermissionDenied
        if self.confirmed and (first := ask_for_password(request)):
            return first
        return self.view(request, *args, **kwargs)


def ask_for_password(request: HttpRequest) -> HttpResponseRedirect | None:
    """Returns the way to the screen that asks for the password, for a form that is taken only
    shortly after it was given; None if it was. That screen leads back to this address."""
    if request.method != "POST" or sessions.is_confirmed(request):
        return None
    return redirect(f"{reverse('admin:account_confirm')}?{urlencode({'next': request.path})}")


def actor(request: HttpRequest) -> Actor:
    """Returns the user of the request, acting through the admin."""
    return Actor(request.user if isinstance(request.user, User) else None, Face.ADMIN)


def render(request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
    """Returns a whole page, with the context that every page of the site needs."""
    from django.contrib.admin import site

    return render_fragment(request, template, {**site.each_context(request), **context})


def render_fragment(
    request: HttpRequest, template: str, context: dict[str, Any]
) -> TemplateResponse:
    """Returns a part of a page, to be put into one that is open. `idempotency_key` is for forms."""
    return TemplateResponse(request, template, {"idempotency_key": uuid4().hex, **context})
