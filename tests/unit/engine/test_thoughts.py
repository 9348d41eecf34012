"""Thoughts are sent back with their signature, unchanged; and shown, which no model has to."""

from __future__ import annotations

from typing import Any

import pytest

from certification.engine import Category, Certification, Deadline, Status, certify
from certification.engine.checks import thinking_replay
from certification.engine.errors import CallError
from certification.engine.model import ModelSpec
from certification.engine.transport import Json

from .scripted import (
    ABILITIES,
    REGION,
    Script,
    called,
    check_of,
    model_that,
    result,
    said,
    text_model,
    thought,
    turn,
    weather,
)

MODEL = text_model(reasoning=True, signed_reasoning=True)
SIGNED = thought("Salvador, of course.", "c2lnbmVk")


def call_with(*blocks: Json) -> Json:
    uses = called(weather("Salvador"))["output"]["message"]["content"]
    return turn(*blocks, *uses, stop="tool_use")


def certified(model: ModelSpec = MODEL, **exceptions: Script) -> tuple[Certification, list[Json]]:
    transport = model_that(model, **exceptions)
    found = certify(model, REGION, transport, Deadline(60))
    asked = [r for r in transport.requests if check_of(r) == "thinking_replay"]
    return found, asked


def replying(first: Json, second: Json) -> Script:
    return lambda request: first if len(request["messages"]) == 1 else second


def test_a_signed_thought_goes_back_unchanged_before_the_tool_call() -> None:
    found, asked = certified(
        thinking_replay=lambda request: (
            call_with(SIGNED) if len(request["messages"]) == 1 else said(tells(request))
        )
    )
    assert len(asked) == 2
    sent_back = asked[1]["messages"][1]["content"]
    assert sent_back[0] == SIGNED
    assert "toolUse" in sent_back[1]
    assert found.proved["signed_reasoning"] is True
    assert result(found.results, "thinking_replay").points == 1


def tells(request: Json) -> str:
    [block] = request["messages"][2]["content"]
    return str(block["toolResult"]["content"][0]["json"]["temperature"])


def test_a_model_that_thinks_by_itself_has_shown_it_with_the_plain_tool_call() -> None:
    def thinks(request: Any) -> Any:
        if len(request["messages"]) == 1:
            return turn(SIGNED, *called(weather("Curitiba"))["output"]["message"]["content"],
                        stop="tool_use")  # fmt: skip
        return said(tells(request))

    found, asked = certified(tool_call=thinks)
    one = result(found.results, "thinking_replay")
    assert (one.status, one.calls, asked) == (Status.PASSED, (), [])


@pytest.mark.parametrize("first", [call_with(), call_with(thought("unsigned")), said("Salvador")])
def test_a_turn_without_signed_thoughts_shows_nothing_and_costs_nothing(first: Json) -> None:
    found, asked = certified(thinking_replay=lambda _request: first)
    one = result(found.results, "thinking_replay")
    assert (one.status, one.counts, str(one.note)) == (
        Status.SKIPPED,
        False,
        "the model did not think on this turn",
    )
    assert len(asked) == 1
    assert "signed_reasoning" not in found.proved
    assert (found.score, found.badge, found.dead) == (100.0, "GOLD", ())


@pytest.mark.parametrize(
    ("second", "points"), [(said("It is warm."), 0.5), (said(""), 0.5), (said("banana"), 0.5)]
)
def test_an_answer_that_ignores_the_result_costs_half(second: Json, points: float) -> None:
    found, _asked = certified(thinking_replay=replying(call_with(SIGNED), second))
    assert result(found.results, "thinking_replay").points == points


def test_thoughts_that_are_refused_make_the_ability_dead() -> None:
    def refuses(request: Any) -> Any:
        if len(request["messages"]) == 1:
            return call_with(SIGNED)
        text = "messages.1.content.0: Invalid `signature` in `thinking` block"
        raise CallError(Category.INVALID_REQUEST, text)

    found, _asked = certified(thinking_replay=refuses)
    assert found.dead == ("signed_reasoning",)
    assert found.badge is None


@pytest.mark.parametrize(
    ("model_id", "form"),
    [
        ("anthropic.claude-3-7-sonnet-20250219-v1:0", "enabled"),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", "enabled"),
        ("anthropic.claude-opus-4-5-20251101-v1:0", "enabled"),
        ("anthropic.claude-sonnet-4-20250514-v1:0", "enabled"),
        ("anthropic.claude-opus-4-6-v1", "adaptive"),
        ("anthropic.claude-opus-4-8", "adaptive"),
        ("anthropic.claude-sonnet-4-6", "adaptive"),
        ("anthropic.claude-opus-5", None),
        ("anthropic.claude-fable-5-1", None),
    ],
)
def test_models_that_do_not_think_by_themselves_are_told_to(
    model_id: str, form: str | None
) -> None:
    """earendil-works/pi#7081: Opus 5 refuses the older form."""
    declared = dict.fromkeys((*ABILITIES, "reasoning", "signed_reasoning"), True)
    _found, asked = certified(ModelSpec(model_id, capabilities=declared))
    for request in asked:
        more = request.get("additionalModelRequestFields", {"thinking": {"type": None}})
        assert more["thinking"]["type"] == form
        budget = more["thinking"].get("budget_tokens", 0)
        assert request["inferenceConfig"]["maxTokens"] > budget
    assert len(asked) == 2
    assert thinking_replay.CHECK.declared


def test_reasoning_that_is_shown_is_proved_and_that_is_hidden_costs_nothing() -> None:
    shown, _asked = certified()
    assert shown.proved["reasoning"] is True
    assert result(shown.results, "shows_reasoning").status is Status.PASSED

    hidden = text_model(reasoning=True)
    found, _asked = certified(hidden)
    one = result(found.results, "shows_reasoning")
    assert (one.status, str(one.note), one.calls) == (
        Status.SKIPPED,
        "no answer showed any reasoning",
        (),
    )
    assert (found.score, found.dead) == (100.0, ())
    assert "reasoning" not in found.proved
