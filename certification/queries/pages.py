"""Pages of a queryset, with the total that a client needs to request the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

Item = TypeVar("Item")
Other = TypeVar("Other")
Row = TypeVar("Row", bound=Model)
# The order of pairs and standings. Names may repeat; `pk` makes the order total, so that no row
# is on two pages.
PAIR_ORDER = ("model__vendor", "model__name", "region_id", "pk")


@dataclass(frozen=True)
class Page(Generic[Item]):
    items: list[Item]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return ceil(self.total / self.size)

    def map(self, function: Callable[[Item], Other]) -> Page[Other]:
        return Page([function(item) for item in self.items], self.number, self.size, self.total)


def page_of(rows: QuerySet[Row], number: int, size: int) -> Page[Row]:
    """Returns page `number`, counted from 1; empty after the last. Two queries."""
    start = (number - 1) * size
    return Page(list(rows[start : start + size]), number, size, rows.count())
