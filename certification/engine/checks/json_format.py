"""Answers with bare JSON on request: it parses, fits the schema and holds the right values."""

from __future__ import annotations

import json
from dataclasses import dataclass

import jsonschema

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message

SCHEMA = {
    "type": "object",
    "properties": {
        "customer": {"type": "string"},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "quantity": {"type": "integer"}},
                "required": ["name", "quantity"],
                "additionalProperties": False,
            },
        },
        "paid": {"type": "boolean"},
    },
    "required": ["customer", "items", "paid"],
    "additionalProperties": False,
}
INSTRUCTION = (
    "Give the facts of this order as one JSON object and nothing else, without a code fence. "
    'Keys: "customer" (string), "items" (array of objects with "name" (string) and "quantity" '
    '(integer)), "paid" (boolean). Order: '
)
CUSTOMERS = ("Maria Souza", "Pedro Lima", "Luiza Prado", "Rafael Nunes")


@dataclass(frozen=True)
class Order:
    customer: str
    notebooks: int
    pens: int

    def __str__(self) -> str:
        return (
            f"{self.customer} bought {self.notebooks} notebooks and {self.pens} pens "
            "and has already paid."
        )


def order_for(subject: Subject) -> Order:
    return Order(
        CUSTOMERS[subject.number(0, len(CUSTOMERS) - 1, "customer")],
        subject.number(3, 9, "notebooks"),
        subject.number(2, 8, "pens"),
    )


def graded(text: str, order: Order) -> Outcome:
    """Grades an answer: 1 point for correct bare JSON, 0.5 for correct JSON within text."""
    bare = text.strip()
    inside = bare[bare.find("{") : bare.rfind("}") + 1]
    try:
        found = json.loads(inside or bare)
    except (ValueError, RecursionError):
        return failed(message(_("the answer is not JSON")))
    try:
        jsonschema.validate(found, SCHEMA)
    except jsonschema.ValidationError as error:
        return failed(
            message(_("the JSON does not fit the schema: %(why)s"), why=error.message[:200])
        )
    quantities = sorted(item["quantity"] for item in found["items"])
    if (found["customer"], quantities, found["paid"]) != (
        order.customer,
        sorted((order.notebooks, order.pens)),
        True,
    ):
        return failed(message(_("the JSON fits, but its facts are wrong")), points=0.25)
    if inside != bare:
        return failed(message(_("right, but with a code fence or words around it")), points=0.5)
    return PASSED


def run(subject: Subject) -> Outcome:
    order = order_for(subject)
    return graded(subject.converse(f"{INSTRUCTION}{order}", room=192).text, order)


CHECK = Check(
    id="json_format",
    title=_("Keeps a JSON format"),
    run=run,
    depends_on=("answers",),
    weight=2,
)
