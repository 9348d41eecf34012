"""Links from one page of a list to the next that keep the other query parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest

from certification.queries.pages import Page

Item = TypeVar("Item")


@dataclass(frozen=True)
class Pager:
    """`previous` and `next` are query strings, empty if there is no such page."""

    page: Page[Any]
    previous: str
    next: str


def requested_page(
    request: HttpRequest, find: Callable[[int], Page[Item]], parameter: str = "page"
) -> Page[Item]:
    """Returns the page with the number in the query parameter: the last one if the number is too
    large, the first one if it is not a number. `find` returns the page of a number."""
    text = request.GET.get(parameter, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    found = find(max(1, number))
    last = max(1, found.pages)
    return find(last) if found.number > last else found


def pager(request: HttpRequest, page: Page[Any], parameter: str = "page") -> Pager:
    def query_of(number: int) -> str:
        if not 1 <= number <= page.pages:
            return ""
        query = request.GET.copy()
        query[parameter] = str(number)
        return f"?{query.urlencode()}"

    return Pager(page, query_of(page.number - 1), query_of(page.number + 1))
