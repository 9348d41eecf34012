"""The verdict of a run, from the results of its checks."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from certification.engine import (
    Category,
    Certification,
    Deadline,
    ModelSpec,
    Prices,
    Status,
    Verdict,
    certify,
)
from certification.engine.errors import CallError

from .scripted import (
    REGION,
    Script,
    Scripted,
    called,
    events_of,
    model_that,
    result,
    said,
    text_model,
    thought,
    turn,
    weather,
)

MODEL = text_model()


def raises(category: Category, **more: Any) -> Script:
    def script(request: Any) -> Any:
        raise CallError(category, "so it is", **more)

    return script


def certified(model: ModelSpec = MODEL, **exceptions: Script) -> Certification:
    return certify(model, REGION, model_that(model, **exceptions), Deadline(60))


def test_a_faultless_model_passes_with_all_points() -> None:
    passed = certified()
    assert passed.verdict is Verdict.PASSED
    assert (passed.score, passed.rating, passed.grade, passed.badge) == (100.0, 5.0, "A", "GOLD")
    assert passed.error is None
    assert passed.retries == 0
    assert all(found.status is Status.PASSED for found in passed.results)
    assert set(passed.proved.values()) == {True}
    assert {"tools", "tools_streaming", "parallel_tools", "image_input"} <= passed.proved.keys()


@pytest.mark.parametrize(
    ("category", "verdict"),
    [
        (Category.THROTTLED, Verdict.INCONCLUSIVE),
        (Category.QUOTA, Verdict.INCONCLUSIVE),
        (Category.NETWORK, Verdict.INCONCLUSIVE),
        (Category.CREDENTIALS, Verdict.INCONCLUSIVE),
        (Category.INTERNAL, Verdict.INCONCLUSIVE),
        (Category.ACCESS, Verdict.BLOCKED),
        (Category.POLICY, Verdict.BLOCKED),
        (Category.ACCOUNT, Verdict.BLOCKED),
        (Category.NOT_AVAILABLE, Verdict.FAILED),
        (Category.TIMEOUT, Verdict.FAILED),
        (Category.CAPABILITY, Verdict.FAILED),
    ],
)
@pytest.mark.parametrize("check", ["answers", "streaming"])
def test_an_error_in_a_required_check_decides_by_its_category(
    check: str, category: Category, verdict: Verdict
) -> None:
    found = certified(MODEL, **{check: raises(category)})
    assert found.verdict is verdict
    assert found.error is not None
    assert found.error.category is category
    assert (found.score is None) == (verdict is not Verdict.FAILED)
    assert found.badge is None


def test_a_required_check_that_failed_fails_the_pair_and_says_why() -> None:
    found = certified(answers=lambda _request: said(""))
    assert found.verdict is Verdict.FAILED
    assert found.error is not None
    assert found.error.category is Category.CHECK_FAILED
    assert found.error.text == "answers: the answer has no text (stop reason end_turn)"
    assert "read the failed check" in (found.advice or "")


def test_part_of_a_required_checks_points_costs_points_and_not_the_certification() -> None:
    found = certified(answers=lambda _request: said("Paris, the", stop="max_tokens"))
    assert result(found.results, "answers").status is Status.FAILED
    assert found.verdict is Verdict.PASSED
    assert found.score is not None
    assert 90 < found.score < 100


def test_a_required_check_must_be_right() -> None:
    found = certified(answers=lambda _request: said("It is Lyon."))
    assert found.verdict is Verdict.FAILED
    assert found.error is not None
    assert found.error.text == "answers: answered, but not with Paris"


def test_below_a_least_score_nothing_passes() -> None:
    def nothing(_request: Any) -> Any:
        return said("banana")

    checks = ("system_prompt", "multi_turn", "json_format", "structured_output", "reasoning",
              "unicode_pt", "tool_call", "image_read", "document_read", "stop_sequence",
              "max_tokens")  # fmt: skip
    found = certified(**dict.fromkeys(checks, nothing))
    assert found.score is not None
    assert found.score < 40
    assert (found.verdict, found.badge) == (Verdict.FAILED, None)
    assert found.error is not None
    assert found.error.text == f"The score, {found.score}, is below 40."


@pytest.mark.parametrize(
    ("check", "ability"), [("image_read", "image_input"), ("tool_call", "tools")]
)
@pytest.mark.parametrize(
    "script",
    [lambda _request: said("banana"), raises(Category.CAPABILITY), raises(Category.MODEL_ERROR)],
    ids=["wrong", "refused", "broken"],
)
def test_a_declared_ability_that_is_dead_takes_the_badge_and_is_named(
    check: str, ability: str, script: Script
) -> None:
    found = certified(**{check: script})
    assert found.verdict is Verdict.PASSED
    assert (found.dead, found.badge) == ((ability,), None)


def test_an_ability_that_is_not_declared_or_not_judged_is_not_dead() -> None:
    undeclared = ModelSpec(MODEL.api_model_id, capabilities={"streaming": True})
    assert certified(undeclared, image_read=lambda _request: said("banana")).dead == ()
    assert certified(image_read=raises(Category.THROTTLED)).dead == ()


def test_a_graded_error_that_says_nothing_of_the_model_is_in_no_denominator() -> None:
    found = certified(reasoning=raises(Category.THROTTLED))
    assert result(found.results, "reasoning").status is Status.ERROR
    assert not result(found.results, "reasoning").counts
    assert (found.verdict, found.score) == (Verdict.PASSED, 100.0)


def test_a_pass_is_not_tried_again_for_what_could_not_be_judged() -> None:
    assert certified(reasoning=raises(Category.THROTTLED, retry_after=9.0)).retries == 0
    # This error cost points, and a retry may gain them.
    assert certified(reasoning=raises(Category.SERVICE)).retries > 1
    assert certified(answers=raises(Category.THROTTLED)).retries > 1


def test_checks_that_depend_on_an_unjudged_one_are_unjudged_too() -> None:
    throttled = raises(Category.THROTTLED)
    found = certified(tool_call=throttled, image_read=throttled)
    two_tools = result(found.results, "two_tools")
    assert (two_tools.status, str(two_tools.note)) == (Status.SKIPPED, "tool_call did not pass")
    assert two_tools.calls == ()
    assert sum(one.weight for one in found.results if one.counts) < 0.75 * sum(
        one.weight for one in found.results
    )
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.error is not None
    assert found.error.category is Category.THROTTLED
    assert found.retries > 1


def test_a_graded_error_of_the_models_own_counts_as_no_points() -> None:
    found = certified(reasoning=raises(Category.MODEL_ERROR))
    assert result(found.results, "reasoning").counts
    assert found.verdict is Verdict.PASSED
    assert found.score is not None
    assert found.score < 95


def test_a_run_of_which_too_little_was_judged_is_no_verdict() -> None:
    throttled = raises(Category.THROTTLED, retry_after=12.5)
    found = certified(
        system_prompt=throttled,
        multi_turn=throttled,
        json_format=throttled,
        reasoning=throttled,
    )
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.error is not None
    assert found.error.category is Category.THROTTLED
    assert found.score is None
    assert found.retry_after == 12.5


def test_an_error_that_every_call_would_meet_ends_the_run() -> None:
    transport = model_that(MODEL, answers=raises(Category.CREDENTIALS))
    found = certify(MODEL, REGION, transport, Deadline(60))
    assert len(transport.requests) == 1
    assert {r.error.category for r in found.results if r.error} == {Category.CREDENTIALS}


@pytest.mark.parametrize(
    ("check", "ability"),
    [("image_read", "image_input"), ("stop_sequence", "stop_sequences")],
)
def test_what_is_undeclared_and_refused_costs_nothing_and_is_proved_missing(
    check: str, ability: str
) -> None:
    undeclared = {name: True for name in MODEL.capabilities if name != ability}
    model = ModelSpec(MODEL.api_model_id, capabilities=undeclared)
    found = certified(model, **{check: raises(Category.CAPABILITY)})
    assert result(found.results, check).status is Status.SKIPPED
    assert "not declared, and refused" in str(result(found.results, check).note)
    assert found.proved[ability] is False
    assert (found.verdict, found.score) == (Verdict.PASSED, 100.0)


def test_what_is_undeclared_and_called_a_wrong_request_costs_nothing_and_proves_nothing() -> None:
    model = ModelSpec(MODEL.api_model_id, capabilities={"streaming": True})
    found = certified(model, image_read=raises(Category.INVALID_REQUEST))
    assert result(found.results, "image_read").status is Status.SKIPPED
    assert "image_input" not in found.proved
    assert found.score == 100.0
    declared = certified(image_read=raises(Category.INVALID_REQUEST))
    assert declared.score is not None
    assert declared.score < 100


def test_what_is_declared_and_refused_counts_and_is_proved_missing() -> None:
    found = certified(image_read=raises(Category.CAPABILITY))
    assert result(found.results, "image_read").status is Status.FAILED
    assert result(found.results, "image_read").counts
    assert found.proved["image_input"] is False
    assert found.verdict is Verdict.PASSED
    assert found.score is not None
    assert found.score < 100


def test_what_is_declared_missing_is_not_called() -> None:
    model = text_model(image_input=False)
    found = certified(model)
    assert "image_read" not in {one.id for one in found.results}
    assert "image_input" not in found.proved


def test_an_undeclared_ability_that_works_is_proved() -> None:
    found = certified(ModelSpec(MODEL.api_model_id))
    assert found.proved["tools"] is True
    assert found.score == 100.0


def test_tools_refused_while_streaming_are_distinguished_from_tools() -> None:
    found = certified(tool_streaming=raises(Category.CAPABILITY))
    assert found.proved["tools"] is True
    assert found.proved["tools_streaming"] is False
    assert found.verdict is Verdict.PASSED


def test_a_failed_precondition_skips_the_check() -> None:
    found = certified(tool_call=lambda _request: said("I would rather not."))
    assert result(found.results, "tool_call").status is Status.FAILED
    for check in ("two_tools", "tool_streaming"):
        assert result(found.results, check).status is Status.SKIPPED
        assert str(result(found.results, check).note) == "tool_call did not pass"
        assert not result(found.results, check).counts
    assert "tools_streaming" not in found.proved


def test_part_of_the_points_is_enough_of_a_precondition() -> None:
    found = certified(answers=lambda _request: said("Paris, the", stop="max_tokens"))
    assert all(found.status is Status.PASSED for found in found.results[1:])


def test_a_check_that_breaks_says_nothing_of_the_model() -> None:
    def breaks(request: Any) -> Any:
        raise ZeroDivisionError("no such luck")

    found = certified(multi_turn=breaks)
    broken = result(found.results, "multi_turn")
    assert broken.error is not None
    assert broken.error.category is Category.INTERNAL
    assert "ZeroDivisionError: no such luck" in broken.error.text
    assert found.verdict is Verdict.PASSED


def test_a_second_call_in_a_turn_gets_a_result_too() -> None:
    transport = model_that(MODEL)
    right = transport.converses

    def eager(request: Any) -> Any:
        if "toolConfig" in request and len(request["messages"]) == 1:
            return called(weather("Curitiba"), weather("Curitiba"))
        return right(request)

    transport.converses = eager
    certify(MODEL, REGION, transport, Deadline(60))
    replied, *_others = [request for request in transport.requests
                         if len(request["messages"]) == 3 and "toolConfig" in request]  # fmt: skip
    answered = [block["toolResult"]["toolUseId"] for block in replied["messages"][2]["content"]]
    assert answered == ["call-0", "call-1"]


def test_what_bedrock_would_refuse_in_a_replayed_turn_is_left_out() -> None:
    transport = model_that(MODEL)
    right = transport.converses

    def talkative(request: Any) -> Any:
        if "toolConfig" not in request or len(request["messages"]) > 1:
            return right(request)
        requests = right(request)["output"]["message"]["content"]
        return turn({"text": "\n"}, thought("unsigned"), thought("signed", "sig"), *requests,
                    stop="tool_use")  # fmt: skip

    transport.converses = talkative
    found = certify(MODEL, REGION, transport, Deadline(60))
    replays = [request["messages"][1]["content"] for request in transport.requests
               if len(request["messages"]) == 3 and "toolConfig" in request]  # fmt: skip
    assert [next(iter(block)) for block in replays[0]] == ["reasoningContent", "toolUse"]
    assert replays[0][0] == thought("signed", "sig")
    assert found.score == 100.0


def test_the_costs_are_summed_and_unknown_as_soon_as_one_is() -> None:
    assert certified().cost is None

    priced = ModelSpec(
        MODEL.api_model_id,
        capabilities=MODEL.capabilities,
        prices=Prices(input=Decimal("3"), output=Decimal("15"), cache_read=Decimal("3")),
    )
    found = certified(priced)
    assert found.cost == (found.input_tokens * 3 + found.output_tokens * 15) / Decimal(1_000_000)
    assert found.cost == sum(one.cost for one in found.results if one.cost is not None)
    assert found.input_tokens == sum(one.input_tokens for one in found.results)


def test_simulated_answers_and_simulated_refusals_make_a_simulated_record() -> None:
    transport = Scripted(raises(Category.ACCESS, simulated=True))
    assert certify(MODEL, REGION, transport, Deadline(60)).simulated
    transport = Scripted(lambda _request: said("Paris"), events_of, simulated=True)
    assert certify(MODEL, REGION, transport, Deadline(60)).simulated
    assert not certified().simulated


PRICED = Prices(Decimal(3), Decimal(15))


def reported(usage: Any) -> Certification:
    """Certifies a model with prices and correct answers, each reporting this usage."""
    model = replace(MODEL, prices=PRICED)
    transport = model_that(model)
    right, streamed = transport.converses, transport.streams

    def streams(request: Any) -> Any:
        for event in streamed(request):
            yield {"metadata": {"usage": usage}} if "metadata" in event else event

    transport.converses = lambda request: {**right(request), "usage": usage}
    transport.streams = streams
    return certify(model, REGION, transport, Deadline(60))


@pytest.mark.parametrize("usage", [None, {}, {"inputTokens": 0}])
def test_without_usage_the_cost_is_unknown_and_not_zero(usage: Any) -> None:
    assert reported(usage).cost is None


def test_without_prices_the_cost_is_unknown_whatever_was_used() -> None:
    assert Prices().of_tokens(0, 0) is None
    assert Prices(input=Decimal(1)).of_tokens(1_000_000, 0) == 1


@pytest.mark.parametrize("tokens", [-5, 2**31, 10**30])
def test_impossible_token_counts_are_clamped(tokens: int) -> None:
    found = reported({"inputTokens": tokens, "outputTokens": tokens})
    for kept in (found.input_tokens, found.output_tokens, found.results[0].input_tokens):
        assert 0 <= kept < 2**31
    assert found.cost is None or found.cost < 1_000_000
