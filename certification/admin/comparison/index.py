"""The list of all models or all regions, each with a summary of its standings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from certification.queries.summaries import EMPTY, Summary

from .entities import Entity
from .rows import Card, cards


@dataclass(frozen=True)
class Entry:
    """`record` is the model or the region itself."""

    entity: Entity
    record: Any
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


# The first part of a key is true where there is no value, so that those come last.
KEYS: Mapping[str, Callable[[Entry], tuple[Any, ...]]] = {
    "name": lambda entry: (entry.entity.name.casefold(),),
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
    records: Sequence[tuple[Entity, Any]], summaries: Mapping[str, Summary], request: HttpRequest
) -> list[Entry]:
    """Returns them in the order of the query parameter `sort`, by name without one."""
    made = [Entry(entity, record, summaries.get(entity.id, EMPTY)) for entity, record in records]
    return sorted(made, key=KEYS[_sort_key(request)])


def sortings(request: HttpRequest) -> dict[str, Sorting]:
    chosen = _sort_key(request)
    return {
        name: Sorting(name, label, _query(request, name), name == chosen)
        for name, label in LABELS.items()
    }


def _sort_key(request: HttpRequest) -> str:
    given = request.GET.get("sort", "")
    return given if given in KEYS else "name"


def _query(request: HttpRequest, name: str) -> str:
    query = request.GET.copy()
    query["sort"] = name
    return f"?{query.urlencode()}"
