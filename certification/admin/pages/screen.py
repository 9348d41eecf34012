from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

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
    """

    path: str
    name: str
    view: Callable[..., HttpResponseBase]
    right: str = READ
    label: Any = ""
    children: tuple[str, ...] = ()
    system: bool = False

    @property
    def family(self) -> tuple[str, ...]:
        return (self.name, *self.children)

    def is_open_to(self, request: HttpRequest) -> bool:
        return self.right == SIGNED_IN or bool(request.user.has_perm(self.right))

    def authorized_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Raises PermissionDenied if the role does not allow it."""
        if not self.is_open_to(request):
            raise PermissionDenied
        return self.view(request, *args, **kwargs)


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
