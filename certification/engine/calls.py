"""The record of one call to a model: figures, and evidence trimmed to a readable size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from .wording import storable

# Characters of a text, and items of a list of numbers, that evidence holds.
TEXT_LIMIT: Final = 2_000
LIST_LIMIT: Final = 8


@dataclass(frozen=True)
class Call:
    """One call to a model. Times in ms, cost in USD (None where a price is unknown)."""

    operation: str
    latency_ms: int
    input_tokens: int
    output_tokens: int
    cost: Decimal | None
    request: Any
    response: Any
    ttft_ms: int | None = None
    error: str | None = None


def trimmed(value: Any) -> Any:
    """Returns `value` as JSON for evidence: long texts and vectors cut, bytes as their count."""
    match value:
        case bytes() | bytearray():
            return f"<{len(value)} bytes>"
        case str():
            shown = storable(value[:TEXT_LIMIT])
            rest = len(value) - TEXT_LIMIT
            return f"{shown}… (+{rest})" if rest > 0 else shown
        case float() if not math.isfinite(value):
            # Python's JSON accepts NaN and Infinity; PostgreSQL's does not.
            return str(value)
        case Mapping():
            return {
                storable(str(key)): trimmed(item)
                for key, item in value.items()
                if key != "ResponseMetadata"
            }
        case Sequence():
            if len(value) > LIST_LIMIT and all(isinstance(item, int | float) for item in value):
                return [*map(trimmed, value[:LIST_LIMIT]), f"… (+{len(value) - LIST_LIMIT})"]
            return [trimmed(item) for item in value]
        case _:
            return value
