"""What the service could not parse is named as what it is, wherever an answer ends so."""

from __future__ import annotations

from typing import Any

import pytest

from certification.engine import Category, Deadline, Status, Verdict, certify
from certification.engine.model import Route, RouteKind
from certification.engine.routes import RouteOutcome, probe

from .scripted import REGION, Scripted, events_of, model_that, result, said, text_model

MODEL = text_model()
NOTES = {
    "malformed_tool_use": "the model wrote a tool call that cannot be parsed (malformed_tool_use)",
    "malformed_model_output": (
        "the model wrote an answer that cannot be parsed (malformed_model_output)"
    ),
}


@pytest.mark.parametrize(("stop", "note"), NOTES.items())
@pytest.mark.parametrize("check", ["tool_call", "two_tools", "tool_streaming", "unicode_pt"])
@pytest.mark.parametrize("text", ["", "It is 23 degrees."])
def test_a_check_whose_answers_end_so_fails_with_that_note(
    check: str, text: str, stop: str, note: str
) -> None:
    broken = model_that(MODEL, **{check: lambda _request: said(text, stop=stop)})
    found = certify(MODEL, REGION, broken, Deadline(60))
    one = result(found.results, check)
    assert (one.status, one.points, str(one.note), one.asks) == (Status.FAILED, 0, note, 2)
    assert one.calls[0].response["stopReason"] == stop


@pytest.mark.parametrize(("stop", "note"), NOTES.items())
def test_a_model_that_does_nothing_else_fails_with_that_reason(stop: str, note: str) -> None:
    broken = said("", stop=stop)
    transport = Scripted(lambda _request: broken, lambda _request: events_of(broken))
    found = certify(MODEL, REGION, transport, Deadline(60))
    assert found.verdict is Verdict.FAILED
    assert found.error is not None
    assert (found.error.category, found.error.text) == (
        Category.CHECK_FAILED,
        f"answers: {note}",
    )


def test_one_such_answer_is_asked_again_and_costs_nothing_but_its_mark() -> None:
    waiting: list[Any] = [said("", stop="malformed_model_output")]

    def script(_request: Any) -> Any:
        return waiting.pop() if waiting else said("Paris.")

    found = certify(MODEL, REGION, model_that(MODEL, answers=script), Deadline(60))
    one = result(found.results, "answers")
    assert (found.verdict, found.score, one.asks, one.unsteady) == (Verdict.PASSED, 100.0, 2, True)


def test_a_route_that_answers_so_works() -> None:
    transport = Scripted(lambda _request: said("", stop="malformed_model_output"))
    route = Route(RouteKind.GLOBAL, "global.vendor.model-v1")
    found, calls = probe(MODEL, REGION, transport, Deadline(60), route)
    assert (found.outcome, found.error, len(calls)) == (RouteOutcome.WORKS, None, 1)
