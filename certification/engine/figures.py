"""Figures over calls: medians, costs, speed."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from decimal import Decimal

from .calls import Call


def median(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return round(statistics.median(known)) if known else None


def cost_of(calls: Iterable[Call]) -> Decimal | None:
    """Returns the USD of all calls; None if one is unknown, since a partial sum misleads."""
    costs = [call.cost for call in calls]
    if not costs or any(cost is None for cost in costs):
        return None
    return sum((cost for cost in costs if cost is not None), Decimal(0))


def speed_of(calls: Iterable[Call]) -> float | None:
    """Returns output tokens per second after the first token, over the streamed calls."""
    streamed = [
        call
        for call in calls
        if call.ttft_ms is not None and call.output_tokens > 1 and call.latency_ms > call.ttft_ms
    ]
    spent = sum(call.latency_ms - (call.ttft_ms or 0) for call in streamed)
    if not spent:
        return None
    return round(sum(call.output_tokens - 1 for call in streamed) * 1000 / spent, 1)
