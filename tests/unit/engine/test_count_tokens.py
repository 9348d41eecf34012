"""CountTokens is compared with the usage of the same request, and its refusal costs nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from certification.engine import Category, Certification, Deadline, Status, Verdict, certify
from certification.engine.checks import answers
from certification.engine.errors import CallError
from certification.engine.model import ModelSpec, Route, RouteKind

from .scripted import INPUT_TOKENS, REGION, Script, Scripted, model_that, result, text_model

MODEL = text_model()


def certified(counts: Script, model: ModelSpec = MODEL) -> Certification:
    return certify(model, REGION, model_that(model, count_tokens=counts), Deadline(60))


@pytest.mark.parametrize(
    ("counted", "points", "note"),
    [
        (INPUT_TOKENS, 1, ""),
        (INPUT_TOKENS + 3, 1, ""),
        (INPUT_TOKENS + 4, 0, "CountTokens counts 9 tokens where the usage tells 5"),
        (0, 0, "CountTokens counts 0 tokens where the usage tells 5"),
    ],
)
def test_both_say_the_same_within_three_tokens_or_two_percent(
    counted: int, points: float, note: str
) -> None:
    one = result(certified(lambda _request: {"inputTokens": counted}).results, "count_tokens")
    assert (one.points, str(one.note or "")) == (points, note)


def test_the_call_is_free_names_the_models_own_id_and_sends_the_same_question() -> None:
    """pydantic-ai#4001: the id of a profile is refused."""
    profile = Route(RouteKind.GLOBAL, f"global.{MODEL.api_model_id}")
    model = ModelSpec(MODEL.api_model_id, capabilities=MODEL.capabilities, routes=(profile,))
    transport = model_that(model)
    found = certify(model, REGION, transport, Deadline(60))
    [request] = transport.counted
    assert request["modelId"] == MODEL.api_model_id
    asked = next(r for r in transport.requests if answers.QUESTION in str(r["messages"]))
    assert request["input"]["converse"]["messages"] == asked["messages"]
    [call] = result(found.results, "count_tokens").calls
    assert (call.operation, call.cost, call.input_tokens) == ("CountTokens", Decimal(0), 0)
    assert found.proved["count_tokens"] is True


@pytest.mark.parametrize(
    "category",
    [
        Category.CAPABILITY,
        Category.INVALID_REQUEST,
        Category.NEEDS_PROFILE,
        Category.NOT_AVAILABLE,
        Category.POLICY,
        Category.PROTOCOL,
        Category.SERVICE,
        Category.THROTTLED,
        Category.TIMEOUT,
    ],
)
@pytest.mark.parametrize("declared", [True, None])
def test_a_refusal_costs_nothing(category: Category, declared: bool | None) -> None:
    def refuses(_request: Any) -> Any:
        raise CallError(category, "The provided model doesn't support counting tokens.")

    abilities = {key: value for key, value in MODEL.capabilities.items() if key != "count_tokens"}
    if declared:
        abilities["count_tokens"] = True
    found = certified(refuses, ModelSpec(MODEL.api_model_id, capabilities=abilities))
    one = result(found.results, "count_tokens")
    assert (one.status, one.counts, one.error) == (Status.SKIPPED, False, None)
    assert "doesn't support counting tokens" in str(one.note)
    assert [call.cost for call in one.calls] == [0]
    assert (found.verdict, found.score, found.badge) == (Verdict.PASSED, 100.0, "GOLD")
    assert (found.dead, found.retries) == ((), 0)


def test_an_answer_of_another_shape_costs_nothing_either() -> None:
    for body in ({}, {"inputTokens": "many"}, {"inputTokens": None, "x": 1}):
        one = result(certified(lambda _request, body=body: body).results, "count_tokens")
        assert one.counts is (body.get("inputTokens", "") is None)


def test_without_a_usage_there_is_nothing_to_compare() -> None:
    transport = model_that(MODEL)
    right = transport.converses

    def untold(request: Any) -> Any:
        answer = right(request)
        return {**answer, "usage": {"outputTokens": 9}}

    found = certify(MODEL, REGION, Scripted(untold, transport.streams), Deadline(60))
    assert result(found.results, "count_tokens").status is Status.SKIPPED
