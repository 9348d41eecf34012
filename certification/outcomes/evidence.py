"""The engine's results as stored JSON: whole in the evidence, short in the standing.

Neither grows with what a model says: the calls are trimmed by the engine, the texts of errors and
notes here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from certification.engine import CheckResult, RouteResult
from certification.engine.calls import Budget, Call, trimmed
from certification.engine.wording import Message

# Bytes of JSON of all notes and error texts of a pair. With its calls: 256 kB at most.
TEXT_BYTES: Final = 40_000


def of_pair(results: Iterable[CheckResult]) -> list[dict[str, Any]]:
    """All checks of a pair, each with every call that it made. Times in ms, cost in USD as text."""
    texts = Budget(TEXT_BYTES)
    return [_whole(result, texts) for result in results]


def of_standing(results: Iterable[CheckResult]) -> list[dict[str, Any]]:
    """All checks of a pair without their calls."""
    texts = Budget(TEXT_BYTES)
    return [_short(result, texts) for result in results]


def _whole(result: CheckResult, texts: Budget) -> dict[str, Any]:
    return {
        **_short(result, texts),
        "required": result.required,
        "counts": result.counts,
        "tokensPerSecond": result.tokens_per_second,
        "inputTokens": result.input_tokens,
        "outputTokens": result.output_tokens,
        "cost": None if result.cost is None else str(result.cost),
        "error": result.error
        and {
            "category": result.error.category,
            "code": trimmed(result.error.code, texts),
            "message": trimmed(result.error.text, texts),
        },
        "calls": [_call(call) for call in result.calls],
    }


def _short(result: CheckResult, texts: Budget) -> dict[str, Any]:
    """`note` is a text of the translation catalogue and its values."""
    return {
        "id": result.id,
        "title": result.title,
        "status": result.status,
        "points": result.points,
        "weight": result.weight,
        "latencyMs": result.latency_ms,
        "ttftMs": result.ttft_ms,
        "note": _message(result.note, texts),
        "asks": result.asks,
        "passes": result.passes,
        "unsteady": result.unsteady,
    }


SHORT = (
    *("id", "title", "status", "points", "weight", "latencyMs", "ttftMs", "note"),
    *("asks", "passes", "unsteady"),
)


def shortened(kept: dict[str, Any]) -> dict[str, Any]:
    """The short form of a check that was stored whole."""
    return {name: kept[name] for name in SHORT if name in kept}


def of_routes(results: Iterable[RouteResult]) -> list[dict[str, Any]]:
    """Every route and what came of it. Latency in ms; `message` is the service's own text."""
    texts = Budget(TEXT_BYTES)
    return [_route(result, texts) for result in results]


def _route(result: RouteResult, texts: Budget) -> dict[str, Any]:
    return {
        "id": result.route.id,
        "kind": result.route.kind,
        "outcome": result.outcome,
        "category": result.error.category if result.error else None,
        "message": trimmed(result.error.text, texts) if result.error else "",
        "latencyMs": result.latency_ms,
    }


def _message(message: Message | None, texts: Budget) -> dict[str, Any] | None:
    if message is None:
        return None
    # Every name stays: the text is not shown without one of its values.
    params = {name: trimmed(value, texts) for name, value in message.params.items()}
    return {"text": message.text, "params": params}


def _call(call: Call) -> dict[str, Any]:
    return {
        "operation": call.operation,
        "latencyMs": call.latency_ms,
        "ttftMs": call.ttft_ms,
        "inputTokens": call.input_tokens,
        "outputTokens": call.output_tokens,
        "cost": None if call.cost is None else str(call.cost),
        "request": call.request,
        "response": call.response,
        "error": call.error,
    }
