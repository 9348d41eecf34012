"""The way from one page of a list to the next, with the rest of the address kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest

from certification.queries.pages import Page

Item = TypeVar("Item")


@dataclass(frozen=True)
class Pager:
    """`previous` and `next` are query strings; empty where there is no such page."""

    page: Page[Any]
    previous: str
    next: str


def asked_page(
    request: HttpRequest, find: Callable[[int], Page[Item]], parameter: str = "page"
) -> Page[Item]:
    """The page that the address asks for; the last one for what is beyond it, and the first one for
    what is no number of a page. `find` takes the number."""
    text = request.GET.get(parameter, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    found = find(max(1, number))
    last = max(1, found.pages)
    return find(last) if found.number > last else found


def pager(request: HttpRequest, page: Page[Any], parameter: str = "page") -> Pager:
    def leading_to(number: int) -> str:
        if not 1 <= number <= page.pages:
            return ""
        query = request.GET.copy()
        query[parameter] = str(number)
        return f"?{query.urlencode()}"

    return Pager(page, leading_to(page.number - 1), leading_to(page.number + 1))
