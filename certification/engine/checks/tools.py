"""The tools that the tool checks offer, the grading of calls to them, and their results."""

from __future__ import annotations

from typing import Any, Final

import jsonschema

from ..check import Outcome, failed
from ..conversation import Answer, ToolUse
from ..wording import Message, message
from ..wording import gettext_noop as _
from .spelling import tells_number

WEATHER: Final = "get_weather"
CURRENCY: Final = "convert_currency"
SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    WEATHER: {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Name of the city"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        },
        "required": ["city", "unit"],
        "additionalProperties": False,
    },
    CURRENCY: {
        "type": "object",
        "properties": {
            "amount": {"type": "number"},
            "source": {"type": "string", "description": "ISO 4217 code"},
            "target": {"type": "string", "description": "ISO 4217 code"},
        },
        "required": ["amount", "source", "target"],
        "additionalProperties": False,
    },
}
TOOLS: Final = tuple(
    {"toolSpec": {"name": name, "description": text, "inputSchema": {"json": SCHEMAS[name]}}}
    for name, text in (
        (WEATHER, "Tells the present weather in a city."),
        (CURRENCY, "Converts an amount of money from one currency to another."),
    )
)


def fault_of(use: ToolUse, *, city: str, unit: str | None = "celsius") -> Message | None:
    """Returns what is wrong with a call for the weather in `city`, or None; any unit that the
    schema allows is right if `unit` is None."""
    if use.name != WEATHER:
        return message(_("called the tool %(tool)s"), tool=use.name)
    if use.input is None:
        return message(_("the tool's arguments are not a JSON object"))
    try:
        jsonschema.validate(use.input, SCHEMAS[WEATHER])
    except jsonschema.ValidationError as error:
        return message(
            _("the arguments do not fit the tool's schema: %(why)s"), why=error.message[:200]
        )
    is_unit = unit in (None, use.input["unit"])
    if city.lower() not in use.input["city"].lower() or not is_unit:
        return message(_("asked the tool for something else: %(input)s"), input=str(use.input))
    return None


def wrong_turn(answer: Answer, *, city: str) -> Outcome | None:
    """Returns the outcome of a turn that does not call for the weather in `city` as it should, or
    None."""
    if not answer.tool_uses:
        return failed(message(_("did not call a tool")))
    fault = fault_of(answer.tool_uses[0], city=city)
    if fault is not None:
        return failed(fault)
    if answer.stop_reason != "tool_use":
        return failed(
            message(
                _("called the tool, but gave the stop reason %(stop)s"), stop=answer.stop_reason
            ),
            points=0.5,
        )
    return None


def results_of(asked: Answer, content: Any, *, is_error: bool = False) -> dict[str, Any]:
    """Returns the turn that gives every tool call of a turn the same result, superfluous calls too:
    Converse requires it."""
    status = {"status": "error"} if is_error else {}
    return {
        "role": "user",
        "content": [
            {"toolResult": {"toolUseId": use.id, "content": [content], **status}}
            for use in asked.tool_uses
        ],
    }


def result_fault_of(answer: Answer, temperature: int) -> Message | None:
    """Returns what is wrong with an answer that has to tell the tool's result, or None."""
    if tells_number(answer.text, temperature):
        return None
    return message(_("the answer does not tell the tool's result, %(n)s"), n=temperature)
