"""Reasoning models get a larger maxTokens, because reasoning counts towards it."""

from __future__ import annotations

from typing import Any

import pytest

from certification.engine import Deadline, ModelSpec, Status, Verdict, certify
from certification.engine.checks import answers, stop_sequence
from certification.engine.subject import LONG_THINKING, MORE, ROOM, THINKING

from .scripted import (
    REGION,
    Scripted,
    events_of,
    model_that,
    said,
    subject_of,
    text_model,
    thought,
)
from .scripted import turn as reply


def max_tokens(request: Any) -> int:
    return int(request["inferenceConfig"]["maxTokens"])


def asked(transport: Scripted) -> list[int]:
    return [max_tokens(request) for request in transport.requests]


def test_a_check_asks_for_what_its_answer_needs_and_thoughts_get_more_on_top() -> None:
    transport = Scripted(lambda _request: said("Paris"), lambda _request: events_of(said("Paris")))
    for model in (text_model(), text_model(reasoning=True)):
        subject = subject_of(transport, model)
        subject.converse("?", room=64)
        subject.stream("?", room=96)
        subject.converse("?")
    plain = [64, 96, ROOM]
    assert asked(transport) == [*plain, *(room + THINKING for room in plain)]


def test_a_whole_suite_of_a_reasoner_reserves_a_bounded_number_of_tokens() -> None:
    """aws/agent-toolkit quota-health: maxTokens is deducted from the quota when a call begins."""
    model = text_model(reasoning=True)
    transport = model_that(model)
    certify(model, REGION, transport, Deadline(60))
    reserved = asked(transport)
    assert max(reserved) <= THINKING + 512
    assert sum(reserved) / len(reserved) < THINKING + 256


def test_the_limit_is_never_above_the_models_own() -> None:
    transport = Scripted(lambda _request: said("Paris"))
    small = ModelSpec("m", capabilities={"reasoning": True}, max_output_tokens=900)
    subject_of(transport, small).converse("?")
    assert asked(transport) == [900]


def test_a_model_that_reasons_undeclared_gets_a_larger_limit_from_then_on() -> None:
    transport = Scripted(lambda _request: reply(thought("hm"), {"text": "Paris"}))
    subject = subject_of(transport)
    subject.converse("?", room=64)
    subject.converse("?", room=64)
    assert asked(transport) == [64, 64 + THINKING]


@pytest.mark.parametrize(
    "empty",
    [
        reply(thought("so long"), stop="max_tokens"),
        reply(stop="max_tokens"),
        said(" \n", stop="max_tokens"),
        said("<think>so long", stop="max_tokens"),
    ],
    ids=["thoughts shown", "thoughts hidden", "blank", "thoughts aloud"],
)
def test_reasoning_that_uses_up_the_limit_gets_a_larger_one_at_once_and_from_then_on(
    empty: Any,
) -> None:
    def script(request: Any) -> Any:
        return said("Paris") if max_tokens(request) > LONG_THINKING else empty

    for call in ("converse", "stream"):
        transport = Scripted(script, lambda request: events_of(script(request)))
        subject = subject_of(transport)
        assert getattr(subject, call)("?", room=64).text == "Paris"
        assert getattr(subject, call)("?", room=64).text == "Paris"
        assert asked(transport) == [64, 64 * MORE + LONG_THINKING, 64 + LONG_THINKING]
    always = Scripted(lambda _request: empty)
    subject_of(always).converse("?")
    assert len(always.requests) == 2


def test_an_answer_that_was_cut_off_is_asked_for_once_more_with_more_room() -> None:
    def script(request: Any) -> Any:
        return said("Paris") if max_tokens(request) > 64 else said("Let me", stop="max_tokens")

    transport = Scripted(script)
    assert subject_of(transport).converse("?", room=64).text == "Paris"
    assert asked(transport) == [64, 64 * MORE]


def test_a_stream_that_is_asked_for_once_is_not_repeated_even_if_it_was_cut_off() -> None:
    transport = Scripted(streams=lambda _request: events_of(said("Pa", stop="max_tokens")))
    assert subject_of(transport).stream("?", room=64, once=True).text == "Pa"
    assert len(transport.requests) == 1


def test_without_a_larger_limit_the_call_is_not_repeated() -> None:
    transport = Scripted(lambda _request: reply(stop="max_tokens"))
    subject_of(transport, ModelSpec("m", max_output_tokens=256)).converse("?")
    assert len(transport.requests) == 1


def test_an_explicit_limit_is_not_changed() -> None:
    transport = Scripted(lambda _request: reply(thought("hm"), stop="max_tokens"))
    subject_of(transport, text_model(reasoning=True)).converse("?", limit=32)
    assert [max_tokens(request) for request in transport.requests] == [32]


@pytest.mark.parametrize(
    "text",
    [
        "<think>France, so Lyon?</think>\n\nParis",
        "<thinking>\nLyon?\n</thinking>Paris",
        "<reasoning>Lyon?</reasoning> Paris",
        "[THINK]Lyon?[/THINK]Paris",
        "France, so Lyon?\n</think>\n\nParis",
    ],
)
def test_reasoning_inside_the_text_is_not_part_of_the_answer(text: str) -> None:
    answer = subject_of(Scripted(lambda _request: said(text))).converse("?")
    assert answer.text == "Paris"
    assert answer.reasoned
    streamed = subject_of(Scripted(streams=lambda _request: events_of(said(text)))).stream("?")
    assert streamed.text == "Paris"


def test_a_model_that_only_reasons_does_not_answer() -> None:
    only = Scripted(lambda _request: reply(thought("Paris, Paris"), stop="max_tokens"))
    outcome = answers.CHECK.run(subject_of(only))
    assert outcome.points == 0
    assert str(outcome.note) == "the answer has no text (stop reason max_tokens)"


def test_a_stop_sequence_inside_the_reasoning_counts_as_obeyed() -> None:
    transport = Scripted(lambda _request: reply(thought("from 1 to "), stop="stop_sequence"))
    assert stop_sequence.CHECK.run(subject_of(transport)).passed


def test_observed_reasoning_is_proved() -> None:
    model = text_model()
    thinks = model_that(model, answers=lambda _r: reply(thought("hm"), {"text": "Paris."}))
    found = certify(model, REGION, thinks, Deadline(60))
    assert found.proved["reasoning"] is True
    assert found.verdict is Verdict.PASSED
    assert all(one.status is Status.PASSED for one in found.results)
    assert "reasoning" not in certify(model, REGION, model_that(model), Deadline(60)).proved
