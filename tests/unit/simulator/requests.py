"""Sends Converse requests to simulated models."""

from __future__ import annotations

from typing import Any

NOVA = "amazon.nova-lite-v1:0"
WEATHER = {
    "toolSpec": {
        "name": "get_weather",
        "description": "Get the current weather of a city.",
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {
                    "city": {"type": "string"},
                    "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                },
                "required": ["city", "unit"],
            }
        },
    }
}
CURRENCY = {
    "toolSpec": {
        "name": "convert_currency",
        "description": "Convert an amount of money from one currency to another.",
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {
                    "amount": {"type": "number"},
                    "source": {"type": "string"},
                    "target": {"type": "string"},
                },
                "required": ["amount", "source", "target"],
            }
        },
    }
}
TOOLS = {"tools": [WEATHER, CURRENCY]}


def user(text: str, *blocks: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": [*blocks, {"text": text}]}


def text_of(answer: dict[str, Any]) -> str:
    """Returns the text of an answer, without its reasoning."""
    return "".join(block.get("text", "") for block in answer["output"]["message"]["content"])


def converse(
    runtime: Any, text: str, *blocks: dict[str, Any], model: str = NOVA, **more: Any
) -> Any:
    return runtime.converse(modelId=model, messages=[user(text, *blocks)], **more)
