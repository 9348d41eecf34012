"""The record of one call to a model: figures, and evidence trimmed to a readable size."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from .wording import shortened

# What evidence holds of one value: characters of a text and of a name, numbers of a vector, other
# items of a list or an object, and levels.
TEXT_LIMIT: Final = 2_000
NAME_LIMIT: Final = 100
LIST_LIMIT: Final = 8
ITEM_LIMIT: Final = 64
DEPTH_LIMIT: Final = 16
# Bytes of JSON of one request or response, and of all calls of a pair.
CALL_BYTES: Final = 24_000
PAIR_BYTES: Final = 150_000
LEFT_OUT: Final = "… (left out: this pair's evidence is full)"


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
    # The answer ended by itself and holds neither a text nor a tool call.
    blank: bool = False


@dataclass
class Budget:
    """Bytes of JSON that may still be kept. The note on what is left out is not counted."""

    left: int = PAIR_BYTES

    def takes(self, value: Any) -> bool:
        """Takes the bytes of a text, a number, true, false or null, if there are as many."""
        size = len(json.dumps(value)) + 2
        if size > self.left:
            return False
        self.left -= size
        return True


def kept(value: Any, budget: Budget) -> Any:
    """Returns a request or response, trimmed to a share of the budget, which it spends."""
    given = min(budget.left, CALL_BYTES)
    share = Budget(given)
    found = trimmed(value, share)
    budget.left -= given - share.left
    return found


def trimmed(value: Any, budget: Budget | None = None, depth: int = 0) -> Any:
    """Returns `value` as JSON for evidence: bytes as their count; long texts, vectors, lists and
    objects cut, and whatever is beyond the budget or DEPTH_LIMIT, each with a note on it."""
    budget = budget or Budget()
    match value:
        case bytes() | bytearray():
            return _leaf(f"<{len(value)} bytes>", budget)
        case str():
            return _leaf(shortened(value, limit=TEXT_LIMIT), budget)
        case float() if not math.isfinite(value):
            # Python's JSON accepts NaN and Infinity; PostgreSQL's does not.
            return _leaf(str(value), budget)
        case Mapping() | Sequence() if depth >= DEPTH_LIMIT:
            return _leaf("… (nested deeper)", budget)
        # With nothing but the note on what is left out, an object or a list takes this much.
        case Mapping() | Sequence() if not budget.takes(LEFT_OUT):
            return LEFT_OUT
        case Mapping():
            return _object(value, budget, depth)
        case Sequence():
            return _list(value, budget, depth)
        case _:
            return _leaf(value, budget)


def _leaf(value: Any, budget: Budget) -> Any:
    return value if budget.takes(value) else LEFT_OUT


def _object(value: Mapping[Any, Any], budget: Budget, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    shown = [key for key in islice(value, ITEM_LIMIT + 1) if key != "ResponseMetadata"]
    for key in shown[:ITEM_LIMIT]:
        name = shortened(str(key), limit=NAME_LIMIT)
        if not budget.takes(name):
            break
        found[name] = trimmed(value[key], budget, depth + 1)
        if found[name] == LEFT_OUT:
            break
    rest = len(value) - len(found) - ("ResponseMetadata" in value)
    return found | {"…": f"(+{rest})"} if rest else found


def _list(value: Sequence[Any], budget: Budget, depth: int) -> list[Any]:
    is_vector = len(value) > LIST_LIMIT and all(isinstance(item, int | float) for item in value)
    found: list[Any] = []
    for item in islice(value, LIST_LIMIT if is_vector else ITEM_LIMIT):
        if not budget.takes(""):
            break
        shown = trimmed(item, budget, depth + 1)
        if shown == LEFT_OUT:
            break
        found.append(shown)
    rest = len(value) - len(found)
    return [*found, f"… (+{rest})"] if rest else found
