"""The way from one page of a list to the next, with the rest of the address kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from certification.queries import Page


@dataclass(frozen=True)
class Pager:
    """`previous` and `next` are query strings; empty where there is no such page."""

    page: Page[Any]
    previous: str
    next: str


def asked_page(request: HttpRequest, parameter: str = "page") -> int:
    """The number that the address asks for; 1 for what is no number of a page."""
    number = request.GET.get(parameter, "")
    return max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 9 else 1


def pager(request: HttpRequest, page: Page[Any], parameter: str = "page") -> Pager:
    def leading_to(number: int) -> str:
        if not 1 <= number <= page.pages:
            return ""
        query = request.GET.copy()
        query[parameter] = str(number)
        return f"?{query.urlencode()}"

    # From beyond the last page the way leads back to it.
    return Pager(page, leading_to(min(page.number - 1, page.pages)), leading_to(page.number + 1))
