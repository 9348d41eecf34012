"""Evidence of a call is short, and JSON that every database can store."""

from __future__ import annotations

import json

import pytest

from certification.engine import Deadline, ModelSpec, certify
from certification.engine.calls import LIST_LIMIT, TEXT_LIMIT, trimmed
from certification.engine.errors import CallError, Category
from certification.engine.wording import message

from .scripted import REGION, Scripted, model_that, result, said, text_model


def test_bytes_are_only_counted() -> None:
    assert trimmed({"source": {"bytes": b"\x89PNG" * 100}}) == {"source": {"bytes": "<400 bytes>"}}


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    assert trimmed("x" * TEXT_LIMIT) == "x" * TEXT_LIMIT
    assert trimmed("x" * (TEXT_LIMIT + 5)) == "x" * TEXT_LIMIT + "… (+5)"


def test_a_vector_is_cut_and_other_lists_are_not() -> None:
    vector = [0.5] * 1024
    assert trimmed({"embedding": vector}) == {"embedding": [0.5] * LIST_LIMIT + ["… (+1016)"]}
    assert trimmed([{"text": "a"}] * 20) == [{"text": "a"}] * 20


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
