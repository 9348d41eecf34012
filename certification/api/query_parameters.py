"""Refuses query parameters that an endpoint does not know: one that is ignored would return
everything as if it had been asked for.

Every path is registered through `checked` (urls.py). Each action of a ViewSet knows the parameters
of its filters and its pages, and no others; a plain view names its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches
from functools import wraps
from typing import Any, Final, TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError

from .errors import answer_with_fields

Faults = dict[str, list[ErrorDetail]]
View = TypeVar("View", bound=Callable[..., Any])
_CHECKED: Final = "checks_query_parameters"


def faults(given: QueryDict, known: Collection[str], repeatable: Collection[str] = ()) -> Faults:
    """Returns the errors of unknown and of repeated parameters, by name."""
    found: Faults = {}
    for name, values in given.lists():
        if name not in known:
            found[name] = [ErrorDetail(_unknown(name, known), "unknown")]
        elif len(values) > 1 and name not in repeatable:
            found[name] = [ErrorDetail(_("Given more than once."), "repeated")]
    return found


def refuse_unknown(given: QueryDict, known: Collection[str] = ()) -> None:
    """Raises ValidationError."""
    if found := faults(given, known):
        raise ValidationError(found)


def knowing(*known: str) -> Callable[[Callable[..., HttpResponseBase]], Any]:
    """Makes a plain view refuse all other parameters than the `known` ones."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Any:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **options: Any) -> HttpResponseBase:
            try:
                refuse_unknown(request.GET, known)
            except ValidationError as error:
                return answer_with_fields(error)
            return view(request, *args, **options)

        return checks_itself(answer)

    return decorate


def checks_itself(view: View) -> View:
    """Marks a view that refuses unknown parameters itself."""
    setattr(view, _CHECKED, True)
    return view


def checked(patterns: Iterable[URLPattern | URLResolver]) -> list[URLPattern]:
    """Returns the patterns. Raises ImproperlyConfigured if a view ignores unknown parameters."""
    found = []
    for pattern in patterns:
        assert isinstance(pattern, URLPattern)
        view = pattern.callback
        if not getattr(getattr(view, "cls", view), _CHECKED, getattr(view, _CHECKED, False)):
            raise ImproperlyConfigured(f"{pattern.name} does not refuse unknown query parameters")
        found.append(pattern)
    return found


def _unknown(name: str, known: Collection[str]) -> str:
    by_small_letters = {one.casefold(): one for one in sorted(known)}
    close = get_close_matches(name.casefold(), by_small_letters, 1)
    if close:
        return _("Unknown parameter: did you mean %(name)s?") % {"name": by_small_letters[close[0]]}
    if known:
        return _("Unknown parameter. Known here: %(names)s.") % {"names": ", ".join(sorted(known))}
    return _("Unknown parameter: none is known here.")
