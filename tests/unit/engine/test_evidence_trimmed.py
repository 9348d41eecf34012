"""Evidence of a call is short, and JSON that every database can store."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certification.engine import Deadline, ModelSpec, certify
from certification.engine.calls import (
    ITEM_LIMIT,
    LEFT_OUT,
    LIST_LIMIT,
    NAME_LIMIT,
    TEXT_LIMIT,
    Budget,
    trimmed,
)
from certification.engine.errors import CallError, Category
from certification.engine.wording import message
from certification.outcomes import evidence

from .scripted import REGION, Scripted, events_of, model_that, result, said, text_model, turn


def test_bytes_are_only_counted() -> None:
    assert trimmed({"source": {"bytes": b"\x89PNG" * 100}}) == {"source": {"bytes": "<400 bytes>"}}


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    assert trimmed("x" * TEXT_LIMIT) == "x" * TEXT_LIMIT
    assert trimmed("x" * (TEXT_LIMIT + 5)) == "x" * TEXT_LIMIT + "… (+5)"


def test_a_vector_is_cut_and_other_lists_are_not() -> None:
    vector = [0.5] * 1024
    assert trimmed({"embedding": vector}) == {"embedding": [0.5] * LIST_LIMIT + ["… (+1016)"]}
    assert trimmed([{"text": "a"}] * 20) == [{"text": "a"}] * 20


def test_a_long_list_and_a_large_object_are_cut_and_say_by_how_much() -> None:
    texts = [{"text": "a"}] * 200_000
    assert trimmed(texts) == [*texts[:ITEM_LIMIT], f"… (+{200_000 - ITEM_LIMIT})"]
    large = trimmed({str(n): n for n in range(200_000)})
    assert len(large) == ITEM_LIMIT + 1
    assert large["…"] == f"(+{200_000 - ITEM_LIMIT})"


def test_a_long_name_is_cut() -> None:
    [name] = trimmed({"k" * 5_000: 1})
    assert name == "k" * NAME_LIMIT + f"… (+{5_000 - NAME_LIMIT})"


def test_what_is_nested_deep_is_left_out_and_says_so() -> None:
    deep: object = "x"
    for _ in range(100_000):
        deep = [deep]
    assert "nested deeper" in json.dumps(trimmed({"a": deep}))


def test_what_exceeds_the_budget_is_left_out_and_says_so() -> None:
    found = trimmed([{"text": "x" * 900}, {"text": "y" * 900}, {"text": "z"}], Budget(1_200))
    assert found == [{"text": "x" * 900}, {"text": LEFT_OUT}, {"text": "z"}]


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=90) | st.dictionaries(st.text(), inner, max_size=90),
    max_leaves=400,
)


@given(JSON, st.integers(0, 3_000))
def test_no_value_takes_much_more_than_its_budget(value: object, budget: int) -> None:
    shown = json.dumps(trimmed(value, Budget(budget)), allow_nan=False)
    assert len(shown) <= 2 * budget + 100


LARGE_INPUT = {"€" * 99 + str(n): ["€" * 99] * 9 for n in range(99)}


@pytest.mark.parametrize(
    "hostile",
    [
        {"text": "\U0001f600" * 9_000},
        {"text": "Paris " + "€" * 9_000},
        {"toolUse": {"toolUseId": "a", "name": "😀" * 9_000, "input": LARGE_INPUT}},
    ],
    ids=["emoji", "euros", "tool"],
)
def test_the_evidence_of_a_pair_is_bounded(hostile: dict[str, Any]) -> None:
    loud = CallError(Category.SERVICE, "€" * 90_000, code="€" * 90_000)

    def answers(request: object) -> dict[str, Any]:
        if len(transport.requests) % 3 == 0:
            raise loud
        return turn({"text": "Paris"}, *[hostile] * 99, stop="😀" * 9_000)

    transport = Scripted(answers, lambda request: events_of(answers(request)))
    found = certify(text_model(), REGION, transport, Deadline(60))
    assert len(json.dumps(evidence.of_pair(found.results))) < 256_000
    assert len(json.dumps(evidence.of_standing(found.results))) < 64_000


def test_the_clients_own_metadata_is_left_out() -> None:
    assert trimmed({"stopReason": "end_turn", "ResponseMetadata": {}}) == {"stopReason": "end_turn"}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (float("nan"), "nan"),
        ([float("inf")] * 20, ["inf"] * LIST_LIMIT + ["… (+12)"]),
        ("a\x00b", "a�b"),
        ("half \ud83d of a pair", "half ? of a pair"),
        ({"k\x00": 1}, {"k�": 1}),
    ],
)
def test_what_databases_refuse_is_replaced(value: object, kept: object) -> None:
    assert trimmed(value) == kept
    json.dumps(trimmed(value), allow_nan=False).encode()


def test_notes_and_errors_can_be_stored_too() -> None:
    assert str(message("said %(word)s", word="\x00\ud83d")) == "said �?"
    assert CallError(Category.SERVICE, "no\x00 luck").text == "no� luck"


def test_a_record_of_a_hostile_model_can_be_stored() -> None:
    model = text_model()
    hostile = model_that(
        model,
        answers=lambda _r: said("Paris \x00 \ud83d"),
        image_read=lambda _r: said("\x00"),
        tool_call=lambda _r: said("\ud83d"),
        stop_sequence=lambda _r: said("1 2 3 4 5 6", stop="\x00"),
    )
    found = certify(model, REGION, hostile, Deadline(60))
    for one in found.results:
        written = [[call.request, call.response] for call in one.calls]
        shown = json.dumps([written, str(one.note)], allow_nan=False, ensure_ascii=False)
        assert "\x00" not in shown
        assert "\\u0000" not in shown
        shown.encode()


def test_the_evidence_of_a_picture_and_of_a_long_text_is_small() -> None:
    model = ModelSpec(text_model().api_model_id, capabilities=text_model().capabilities,
                      context_window=100_000)  # fmt: skip
    found = certify(model, REGION, model_that(model), Deadline(60), also=["needle"])
    assert result(found.results, "needle").points == 1
    for check in ("needle", "image_read"):
        assert len(json.dumps(result(found.results, check).calls[0].request)) < 3_000


def test_a_refused_call_is_recorded_with_the_services_message() -> None:
    def refuses(request: object) -> dict[str, object]:
        raise CallError(Category.ACCESS, "not you", code="AccessDeniedException")

    found = certify(text_model(), REGION, Scripted(refuses), Deadline(60))
    [call] = result(found.results, "answers").calls
    assert call.error == "AccessDeniedException: not you"
    assert call.response is None
    assert call.request["messages"][0]["role"] == "user"
    assert call.cost == 0
