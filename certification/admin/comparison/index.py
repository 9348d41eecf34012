"""The list of all models, or of all regions, each with how it stands in a few figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from certification.queries.summaries import EMPTY, Summary

from .rows import Card, Named, cards


@dataclass(frozen=True)
class Entry:
    """`about` is what the row is of: a model or a region."""

    place: Named
    about: Any
    summary: Summary

    @property
    def cards(self) -> list[Card]:
        return cards(self.summary)


@dataclass(frozen=True)
class Sorting:
    name: str
    label: Any
    query: str
    is_chosen: bool


# What has no value comes last, so each key tells that first.
KEYS: Mapping[str, Callable[[Entry], tuple[Any, ...]]] = {
    "name": lambda entry: (entry.place.name.casefold(),),
    "score": lambda entry: (entry.summary.score is None, -(entry.summary.score or 0)),
    "latency": lambda entry: (entry.summary.latency_ms is None, entry.summary.latency_ms),
    "last": lambda entry: (
        entry.summary.last is None,
        -(entry.summary.last.timestamp() if entry.summary.last else 0),
    ),
}
LABELS = {
    "name": _("Name"),
    "score": _("Mean score"),
    "latency": _("Median latency"),
    "last": _("Last certified"),
}


def entries(
    places: Sequence[tuple[Named, Any]], summaries: Mapping[str, Summary], request: HttpRequest
) -> list[Entry]:
    """In the order that the address asks for; else in the given one."""
    made = [Entry(place, about, summaries.get(place.id, EMPTY)) for place, about in places]
    return sorted(made, key=KEYS[_asked(request)])


def sortings(request: HttpRequest) -> dict[str, Sorting]:
    asked = _asked(request)
    return {
        name: Sorting(name, label, _leading_to(request, name), name == asked)
        for name, label in LABELS.items()
    }


def _asked(request: HttpRequest) -> str:
    asked = request.GET.get("sort", "")
    return asked if asked in KEYS else "name"


def _leading_to(request: HttpRequest, name: str) -> str:
    query = request.GET.copy()
    query["sort"] = name
    return f"?{query.urlencode()}"
