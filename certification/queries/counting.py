"""Counts of rows by the value of a column."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, QuerySet


def counts(
    rows: QuerySet[Any], field: str = "status", including: Iterable[str] = ()
) -> dict[str, int]:
    """Returns the number of rows for each value of `field`. One query.

    Values of `including` that no row has are in the result with 0.
    """
    counted = rows.order_by().values_list(field).annotate(number=Count("pk"))
    return {**dict.fromkeys(including, 0), **dict(counted)}
