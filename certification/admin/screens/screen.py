from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

READ = "certification.view_certificationjob"
CERTIFY = "certification.certify"
ADMINISTER = "certification.administer"


@dataclass(frozen=True)
class Screen:
    """A page or an action of the staff's site, with the right that it asks for.

    label:    its name in the navigation; without one it is not there
    children: names of screens that are reached from this one, so that it shows as the present one
    """

    path: str
    name: str
    view: Callable[..., HttpResponseBase]
    right: str = READ
    label: Any = ""
    children: tuple[str, ...] = ()

    @property
    def family(self) -> tuple[str, ...]:
        return (self.name, *self.children)

    def is_open_to(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(self.right))

    def checked(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Raises PermissionDenied where the role does not allow it."""
        if not self.is_open_to(request):
            raise PermissionDenied
        return self.view(request, *args, **kwargs)


def render(request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
    """A whole page, with what every page of the site needs."""
    from django.contrib.admin import site

    return TemplateResponse(request, template, {**site.each_context(request), **context})
