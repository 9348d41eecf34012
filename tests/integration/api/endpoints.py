"""All endpoints of the API, found by their registration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, resolve

from certification.api import urls

# What stands in a path, beside the ids of rows that a test makes.
EXAMPLES = {"format_name": "csv", "region": "us-east-1", "token_id": "abcdefgh"}


def methods_of(pattern: URLPattern) -> set[str]:
    """All methods of a ViewSet's route; GET of a view that is plain."""
    actions: dict[str, str] = getattr(pattern.callback, "actions", {"get": ""})
    return {method.upper() for method in actions} - {"HEAD"}


def endpoints() -> Iterator[tuple[str, str]]:
    for pattern in urls.urlpatterns:
        for method in sorted(methods_of(pattern)):
            yield str(pattern.name), method


def path_of(route: str, values: dict[str, Any]) -> str:
    (pattern,) = (pattern for pattern in urls.urlpatterns if pattern.name == route)
    if route == "api-unknown":
        return "/api/certification-queue/no-such-path"
    path = "/api" + simplify_regex(str(pattern.pattern)).replace("\\.", ".")
    for name, value in values.items():
        path = path.replace(f"<{name}>", str(value))
    assert "<" not in path, f"{path} needs an example"
    assert resolve(path).view_name == route
    return path
