"""What a guardrail or a filter says is not the model's answer."""

from __future__ import annotations

import pytest

from certification.engine import Category, Deadline, Kind, ModelSpec, Verdict, certify
from certification.engine.checks import CHECKS
from certification.engine.errors import CallError

from .scripted import REGION, Scripted, events_of, model_that, result, said, subject_of, text_model


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


@pytest.mark.parametrize(
    ("check", "model"),
    [
        ("embeds", ModelSpec("amazon.titan-embed-text-v2:0", Kind.EMBEDDING)),
        ("image_generation", ModelSpec("stability.sd3-5-large-v1:0", Kind.IMAGE)),
    ],
)
def test_a_guardrail_that_answers_in_a_body_is_named(check: str, model: ModelSpec) -> None:
    """The field of InvokeModel's body: the user guide, "Use a guardrail with inference"."""
    body = {"amazon-bedrock-guardrailAction": "INTERVENED", "images": [], "embedding": [1.0]}
    subject = subject_of(Scripted(invokes=lambda _body: body), model)
    with pytest.raises(CallError) as filtered:
        next(one for one in CHECKS if one.id == check).run(subject)
    assert filtered.value.category is Category.FILTERED
    assert "INTERVENED" in filtered.value.text
