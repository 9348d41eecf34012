"""Tools beyond the plain call: forced choices, errors, streamed results, strict schemas."""

from __future__ import annotations

from typing import Any

import pytest

from certification.engine import Category, Certification, Deadline, Status, certify
from certification.engine.checks import tool_call, tool_choice, tool_error, tool_result_streaming
from certification.engine.checks.tools import CURRENCY, WEATHER
from certification.engine.errors import CallError
from certification.engine.transport import Json

from .scripted import (
    REGION,
    Script,
    Scripted,
    called,
    model_that,
    result,
    said,
    subject_of,
    text_model,
    turn,
    weather,
)

MODEL = text_model()
subject = subject_of(Scripted(), MODEL)
CODE = subject.number(4100, 4900, "tool error")
STREAMED = subject.number(11, 29, "streamed temperature")


def certified(**exceptions: Script) -> Certification:
    return certify(MODEL, REGION, model_that(MODEL, **exceptions), Deadline(60))


def graded(check: str, script: Script) -> tuple[float, str]:
    one = result(certified(**{check: script}).results, check)
    return one.points, str(one.note or "")


def requests_of(check: str) -> list[Json]:
    asked: list[Json] = []

    def script(request: Any) -> Any:
        asked.append(request)
        return said("")

    certified(**{check: script})
    return asked


def test_the_tool_choices_are_asked_for_in_two_calls_and_auto_with_the_plain_call() -> None:
    transport = model_that(MODEL)
    certify(MODEL, REGION, transport, Deadline(60))
    choices = [
        request["toolConfig"]["toolChoice"]
        for request in transport.requests
        if "toolChoice" in request.get("toolConfig", {})
        and request["messages"][0]["content"][0]["text"]
        in (tool_call.PROMPT, tool_choice.GREETING, tool_choice.PROMPT)
    ]
    assert choices == [{"auto": {}}, {"auto": {}}, {"any": {}}, {"tool": {"name": CURRENCY}}]


def test_a_model_that_does_not_declare_the_choice_is_not_sent_one() -> None:
    model = text_model(tool_choice=False)
    transport = model_that(model)
    certify(model, REGION, transport, Deadline(60))
    assert not any("toolChoice" in request.get("toolConfig", {}) for request in transport.requests)


def chooses(any_one: Json, named: Json) -> Script:
    return lambda request: any_one if "any" in request["toolConfig"]["toolChoice"] else named


@pytest.mark.parametrize(
    ("script", "points", "note"),
    [
        (chooses(called({}), called({}, tool=CURRENCY)), 1, ""),
        (chooses(called({}, {}), called({}, tool=CURRENCY)), 1, ""),
        (chooses(said("Good morning!"), called({}, tool=CURRENCY)), 0.5,
         "ignored the tool choice any"),
        (chooses(called({}), called(weather("Salvador"))), 0.5, "ignored the tool choice tool"),
        (chooses(called({}), said("It is warm.")), 0.5, "ignored the tool choice tool"),
        (chooses(said("Hi"), called(weather("Salvador"))), 0,
         "called no tool although the request forced it"),
        (chooses(called({}, tool="made_up"), said("")), 0,
         "called no tool although the request forced it"),
    ],
)  # fmt: skip
def test_a_tool_has_to_be_called_where_it_is_forced(
    script: Script, points: float, note: str
) -> None:
    assert graded("tool_choice", script) == (points, note)


def test_a_declared_choice_that_is_refused_is_dead() -> None:
    """llama_index#23207"""

    def refuses(_request: Any) -> Any:
        text = 'tool_choice: type "tool" and "any" are not supported for this model.'
        raise CallError(Category.CAPABILITY, text)

    found = certified(tool_choice=refuses)
    assert (found.dead, found.badge, found.proved["tool_choice"]) == (("tool_choice",), None, False)


def test_one_choice_that_is_refused_costs_half_as_one_that_is_ignored() -> None:
    """AWS's API reference: Mistral Large takes `any`, and no named tool."""

    def script(request: Any) -> Any:
        if "tool" in request["toolConfig"]["toolChoice"]:
            text = "This model doesn't support the toolConfig.toolChoice.tool field."
            raise CallError(Category.CAPABILITY, text)
        return called({})

    assert graded("tool_choice", script) == (0.5, "ignored the tool choice tool")
    assert certified(tool_choice=script).dead == ()


@pytest.mark.parametrize(
    ("reply", "points", "note"),
    [
        (said(f"The weather service failed with error {CODE}."), 1, ""),
        (said(f"Erro {CODE:,}: não consegui consultar."), 1, ""),
        (called(weather("Curitiba")), 1, ""),
        (said("It is 23 °C in Curitiba."), 0,
         "the tool failed, and the answer tells a temperature"),
        (said("banana"), 0, f"the answer does not tell the tool's error, {CODE}"),
        (said(""), 0, f"the answer does not tell the tool's error, {CODE}"),
    ],
)  # fmt: skip
def test_a_tools_error_is_told_or_the_tool_called_again(
    reply: Json, points: float, note: str
) -> None:
    assert graded("tool_error", lambda _request: reply) == (points, note)


def test_the_error_is_sent_as_one_after_the_models_own_call() -> None:
    asked = requests_of("tool_error")[0]["messages"]
    assert [each["role"] for each in asked] == ["user", "assistant", "user"]
    assert "toolUse" in asked[1]["content"][0]
    [block] = asked[2]["content"]
    assert block["toolResult"]["status"] == "error"
    assert str(CODE) in block["toolResult"]["content"][0]["text"]


@pytest.mark.parametrize(
    ("reply", "points", "note"),
    [
        (said(f"It is {STREAMED}°C and drizzling."), 1, ""),
        (said("It is warm."), 0, f"the answer does not tell the tool's result, {STREAMED}"),
        (called(weather("Curitiba")), 0, f"the answer does not tell the tool's result, {STREAMED}"),
        (turn(), 0, f"the answer does not tell the tool's result, {STREAMED}"),
    ],
)
def test_the_answer_to_a_tools_result_is_streamed(reply: Json, points: float, note: str) -> None:
    assert graded("tool_result_streaming", lambda _request: reply) == (points, note)
    found = result(certified().results, "tool_result_streaming")
    assert [call.operation for call in found.calls] == ["ConverseStream"]


def test_a_streamed_answer_against_the_grammar_costs_half() -> None:
    deltas = {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": f"{STREAMED} °C"}}}
    broken = subject_of(Scripted(streams=lambda _request: [{"messageStart": {}}, deltas]), MODEL)
    asked = subject_of(Scripted(lambda _request: called(weather("Curitiba"))), MODEL)
    broken.kept["streamed_tool_turn"] = asked.converse("?")
    outcome = tool_result_streaming.run(broken)
    assert outcome.points == 0.5
    assert "the stream ended without messageStop" in str(outcome.note)


@pytest.mark.parametrize(
    ("reply", "points", "note"),
    [
        (called(weather("Fortaleza")), 1, ""),
        (called({"city": "Fortaleza, CE", "unit": "fahrenheit"}), 1, ""),
        (called({"city": "Fortaleza", "unit": "kelvin"}), 0,
         "the arguments do not fit the tool's schema: 'kelvin' is not one of ['celsius', 'fahr"),
        (called(weather("Natal")), 0, "asked the tool for something else: {'city': 'Natal'"),
        (said("I know no kelvin."), 0, "did not call a tool"),
    ],
)  # fmt: skip
def test_a_strict_schema_is_kept_though_the_question_goes_against_it(
    reply: Json, points: float, note: str
) -> None:
    found, why = graded("strict_tools", lambda _request: reply)
    assert found == points
    assert why.startswith(note)
    [tool] = requests_of("strict_tools")[0]["toolConfig"]["tools"]
    assert (tool["toolSpec"]["name"], tool["toolSpec"]["strict"]) == (WEATHER, True)


def test_what_depends_on_a_tool_call_is_skipped_without_a_call_if_there_was_none() -> None:
    found = certified(tool_call=lambda _request: said("It is hot."))
    for check in ("tool_error", "tool_choice", "strict_tools", "tool_streaming"):
        one = result(found.results, check)
        assert (one.status, one.calls) == (Status.SKIPPED, ())
    assert tool_error.CHECK.depends_on == ("tool_call",)
