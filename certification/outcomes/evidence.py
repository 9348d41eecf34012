"""The engine's results as stored JSON: whole in the evidence, short in the standing."""

from __future__ import annotations

from typing import Any

from certification.engine import CheckResult
from certification.engine.calls import Call
from certification.engine.wording import Message


def whole(result: CheckResult) -> dict[str, Any]:
    """A check with every call that it made. Times in ms, cost in USD as text."""
    return {
        **short(result),
        "required": result.required,
        "counts": result.counts,
        "tokensPerSecond": result.tokens_per_second,
        "inputTokens": result.input_tokens,
        "outputTokens": result.output_tokens,
        "cost": None if result.cost is None else str(result.cost),
        "error": result.error
        and {
            "category": result.error.category,
            "code": result.error.code,
            "message": result.error.text,
        },
        "calls": [_call(call) for call in result.calls],
    }


def short(result: CheckResult) -> dict[str, Any]:
    """A check without its calls. `note` is a text of the translation catalogue and its values."""
    return {
        "id": result.id,
        "title": result.title,
        "status": result.status,
        "points": result.points,
        "weight": result.weight,
        "latencyMs": result.latency_ms,
        "ttftMs": result.ttft_ms,
        "note": _message(result.note),
    }


SHORT = ("id", "title", "status", "points", "weight", "latencyMs", "ttftMs", "note")


def shortened(kept: dict[str, Any]) -> dict[str, Any]:
    """The short form of a check that was stored whole."""
    return {name: kept[name] for name in SHORT}


def _message(message: Message | None) -> dict[str, Any] | None:
    return {"text": message.text, "params": dict(message.params)} if message else None


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
