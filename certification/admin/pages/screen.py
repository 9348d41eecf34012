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
# Whoever may sign in here, whatever the role.
SIGNED_IN = ""


@dataclass(frozen=True)
class Screen:
    """A page or an action of the staff's site, with the right that it asks for.

    label:    its name in the navigation; without one it is not there
    children: names of screens that are reached from this one, so that it shows as the present one
    system:   whether it stands in the navigation's second part, that of the house itself
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

    def checked(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Raises PermissionDenied where the role does not allow it."""
        if not self.is_open_to(request):
            raise PermissionDenied
        return self.view(request, *args, **kwargs)


def actor(request: HttpRequest) -> Actor:
    """Whoever looks at the page, as the one who acts through it."""
    return Actor(request.user if isinstance(request.user, User) else None, Face.ADMIN)


def render(request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
    """A whole page, with what every page of the site needs."""
    from django.contrib.admin import site

    return part(request, template, {**site.each_context(request), **context})


def part(request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
    """What is put into a page that is shown already. `idempotency_key` is the key of its forms."""
    return TemplateResponse(request, template, {"idempotency_key": uuid4().hex, **context})
