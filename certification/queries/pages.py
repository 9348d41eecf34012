"""A page of a list, with what a client needs to ask for the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

Item = TypeVar("Item")
Other = TypeVar("Other")
Row = TypeVar("Row", bound=Model)
# Of pairs and of standings: what people look for; names may be alike, so that only the last makes
# it one order.
STEADY = ("model__vendor", "model__name", "region_id", "pk")


@dataclass(frozen=True)
class Page(Generic[Item]):
    items: list[Item]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return ceil(self.total / self.size)

    def map(self, change: Callable[[Item], Other]) -> Page[Other]:
        return Page([change(item) for item in self.items], self.number, self.size, self.total)


def page_of(rows: QuerySet[Row], number: int, size: int) -> Page[Row]:
    """The page `number`, from 1; one beyond the last is empty. Two queries."""
    start = (number - 1) * size
    return Page(list(rows[start : start + size]), number, size, rows.count())
