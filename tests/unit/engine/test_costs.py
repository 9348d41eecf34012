"""What a call costs, by what was used of it and by how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from certification.engine import Deadline, Kind, ModelSpec, Prices, Route, RouteKind
from certification.engine.errors import CallError, Category
from certification.engine.subject import Subject
from tests.unit.engine.scripted import REGION, Scripted, events_of, said

PRICES = Prices(
    Decimal(10),
    Decimal(50),
    cache_read=Decimal(1),
    cache_write=Decimal(12),
    rerank=Decimal("0.002"),
)
MODEL = ModelSpec("vendor.model-v1", prices=PRICES)


def subject(transport: Scripted, model: ModelSpec = MODEL, route: Route | None = None) -> Subject:
    return Subject(model, REGION, transport, Deadline(60), route)


def failing(category: Category, code: str = "") -> Any:
    def fail(_request: Any) -> Any:
        raise CallError(category, "failed", code=code)

    return fail


def breaking(category: Category, code: str = "") -> Any:
    def stream(_request: Any) -> Iterator[Any]:
        yield {"messageStart": {"role": "assistant"}}
        raise CallError(category, "failed", code=code)

    return stream


def test_tokens_read_from_the_cache_and_written_to_it_have_prices_of_their_own() -> None:
    usage = {
        "inputTokens": 1_000,
        "outputTokens": 100,
        "cacheReadInputTokens": 10_000,
        "cacheWriteInputTokens": 5_000,
    }
    asked = subject(Scripted(lambda _request: {**said("yes"), "usage": usage}))

    asked.converse("?")

    (call,) = asked.calls
    assert call.cost == Decimal(1_000 * 10 + 100 * 50 + 10_000 * 1 + 5_000 * 12) / 1_000_000
    assert call.input_tokens == 16_000


def test_a_cache_without_a_price_makes_the_cost_unknown() -> None:
    prices = Prices(Decimal(10), Decimal(50))

    assert prices.of_tokens(1, 1, cache_read=1) is None
    assert prices.of_tokens(1, 1) is not None


def test_a_geographic_route_raises_every_price() -> None:
    prices = replace(PRICES, geo_factor=Decimal("1.1"))

    found = prices.over(Route(RouteKind.GEO, "eu.vendor.model-v1"))

    assert found == Prices(
        Decimal(11),
        Decimal(55),
        cache_read=Decimal("1.1"),
        cache_write=Decimal("13.2"),
        rerank=Decimal("0.0022"),
    )
    assert prices.over(Route(RouteKind.GLOBAL, "global.vendor.model-v1")) == prices


def test_a_rerank_query_is_billed_as_one() -> None:
    model = replace(MODEL, kind=Kind.RERANK)
    asked = subject(Scripted(invokes=lambda _body: {"results": []}), model)

    asked.invoke({"query": "?"})

    assert [call.cost for call in asked.calls] == [Decimal("0.002")]


@pytest.mark.parametrize(
    ("category", "code", "cost"),
    [
        (Category.TIMEOUT, "", None),
        (Category.DEADLINE, "", None),
        (Category.STREAM_BROKEN, "", None),
        (Category.ANSWER_TOO_LARGE, "", None),
        (Category.PROTOCOL, "", None),
        (Category.SERVICE, "", None),
        (Category.SERVICE, "InternalServerException", Decimal(0)),
        (Category.THROTTLED, "ThrottlingException", Decimal(0)),
        (Category.PROTOCOL, "407", Decimal(0)),
        (Category.NETWORK, "", Decimal(0)),
        (Category.CREDENTIALS, "", Decimal(0)),
    ],
)
def test_what_was_sent_and_never_answered_may_be_billed(
    category: Category, code: str, cost: Decimal | None
) -> None:
    fails = failing(category, code)
    asked = subject(Scripted(fails, fails, fails))

    for call in (asked.converse, asked.stream, lambda _text: asked.invoke({"inputText": "?"})):
        with pytest.raises(CallError):
            call("?")

    assert [call.cost for call in asked.calls] == [cost] * 3


@pytest.mark.parametrize("code", ["", "throttlingException"])
def test_a_stream_that_had_begun_may_be_billed_however_it_ended(code: str) -> None:
    asked = subject(Scripted(streams=breaking(Category.THROTTLED, code)))

    with pytest.raises(CallError):
        asked.stream("?")

    assert [call.cost for call in asked.calls] == [None]


def test_a_stream_tells_its_cache_too() -> None:
    usage = {"inputTokens": 0, "outputTokens": 0, "cacheReadInputTokens": 2_000_000}

    def streams(_request: Any) -> Iterator[Any]:
        for event in events_of(said("yes")):
            yield {"metadata": {"usage": usage}} if "metadata" in event else event

    asked = subject(Scripted(streams=streams))

    asked.stream("?")

    assert [(call.cost, call.input_tokens) for call in asked.calls] == [(Decimal(2), 2_000_000)]
