"""What a guardrail or a filter says is not the model's answer."""

from __future__ import annotations

import pytest

from certification.engine import Category, Deadline, Verdict, certify

from .scripted import REGION, Scripted, events_of, model_that, result, said, text_model


@pytest.mark.parametrize("stop", ["guardrail_intervened", "content_filtered"])
@pytest.mark.parametrize("text", ["Sorry, I cannot answer.", ""])
def test_a_model_that_nobody_hears_is_not_judged(stop: str, text: str) -> None:
    """any-llm#1358, inspect_ai#2941"""
    blocked = said(text, stop=stop)
    transport = Scripted(lambda _request: blocked, lambda _request: events_of(blocked))
    found = certify(text_model(), REGION, transport, Deadline(60))
    assert (found.verdict, found.score) == (Verdict.INCONCLUSIVE, None)
    assert found.error is not None
    assert found.error.category is Category.FILTERED
    assert stop in found.error.text
    assert "guardrail" in (found.advice or "")
    calls = result(found.results, "answers").calls
    assert [call.response["stopReason"] for call in calls] == [stop] * 4


@pytest.mark.parametrize("check", ["streaming", "system_prompt"])
def test_a_check_whose_answer_was_filtered_does_not_count(check: str) -> None:
    model = text_model(streaming=False) if check == "system_prompt" else text_model()
    filtered = model_that(model, **{check: lambda _request: said("", stop="content_filtered")})
    found = certify(model, REGION, filtered, Deadline(60))
    one = result(found.results, check)
    assert one.error is not None
    assert (one.error.category, one.counts) == (Category.FILTERED, False)
