"""The tools that the tool checks offer, and the grading of calls to them."""

from __future__ import annotations

from typing import Any, Final

import jsonschema

from ..conversation import ToolUse
from ..wording import Message, message
from ..wording import gettext_noop as _

WEATHER: Final = "get_weather"
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
    "convert_currency": {
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
        ("convert_currency", "Converts an amount of money from one currency to another."),
    )
)


def fault_of(use: ToolUse, *, city: str) -> Message | None:
    """Returns what is wrong with a call for the weather in `city`, or None."""
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
    if city.lower() not in use.input["city"].lower() or use.input["unit"] != "celsius":
        return message(_("asked the tool for something else: %(input)s"), input=str(use.input))
    return None
