"""The simulated text model, without a server."""

from __future__ import annotations

import time

import pytest

from bedrock_simulator import arithmetic, responder, structured_output
from bedrock_simulator.request import ConverseRequest, Turn


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is 2 + 3 * 4?", "14"),
        ("What is (2 + 3) * 4?", "20"),
        ("What is 7 / 2?", "3.5"),
        ("What is 5 / 0?", arithmetic.UNKNOWN),
        ("A train leaves at 23:50 and arrives at 00:20. How many minutes does it take?", "30"),
        ("Lia has 10 pens. She loses 3 and then finds 2 boxes of 6. How many pens now?", "19"),
        ("Who wrote Dom Casmurro?", arithmetic.UNKNOWN),
    ],
)
def test_arithmetic_is_solved_or_unknown(question: str, answer: str) -> None:
    assert arithmetic.solve(question) == answer


def test_an_order_is_parsed_with_any_names_and_numbers() -> None:
    found = structured_output.order_in(
        "Order: Zé Lins ordered 1 lamp, 12 red chairs and 2 mugs. Not paid yet."
    )
    assert found == {
        "customer": "Zé Lins",
        "items": [
            {"name": "lamp", "quantity": 1},
            {"name": "red chairs", "quantity": 12},
            {"name": "mugs", "quantity": 2},
        ],
        "paid": False,
    }


def test_a_value_is_made_for_every_kind_of_schema() -> None:
    schema = {
        "type": "object",
        "properties": {
            "size": {"enum": ["S", "M"]},
            "tags": {"type": "array", "items": {"type": "string"}},
            "count": {"type": "integer"},
            "anything": True,
        },
    }
    made = structured_output.fill_schema(schema, {"size": "M", "count": "three"})
    assert made == {"size": "M", "tags": ["tags"], "count": 1, "anything": None}


def test_a_very_long_text_full_of_key_words_is_fast() -> None:
    book = "A story of numbers, what is my order: one bought 2 and has paid. " * 60_000
    question = "The secret word of the vault is figo-1. What is the secret word of the vault?"
    begun = time.process_time()
    [answer] = responder.respond(
        ConverseRequest(turns=(Turn("user", book + question),)), frozenset()
    )
    assert answer == "figo-1"
    assert time.process_time() - begun < 5
