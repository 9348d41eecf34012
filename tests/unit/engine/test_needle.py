"""The needle costs real money: it is streamed, sent once, and never sent again for an error."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from certification.engine import Category, Certification, Deadline, Prices, Status, Verdict, certify
from certification.engine.checks import needle
from certification.engine.errors import CallError
from certification.engine.model import ModelSpec

from .scripted import REGION, Scripted, check_of, model_that, result, said, text_model

MODEL = text_model()


def certified(transport: Scripted, model: ModelSpec = MODEL) -> Certification:
    return certify(model, REGION, transport, Deadline(60), also=["needle"])


def failing(check: str, category: Category) -> Callable[[Any], Any]:
    def script(_request: Any) -> Any:
        raise CallError(category, f"{check} broke")

    return script


def needles(transport: Scripted) -> int:
    return sum(check_of(request) == "needle" for request in transport.requests)


def test_the_text_is_streamed_and_sent_once_even_if_the_answer_is_wrong_or_cut_off() -> None:
    for reply in (said("sesame"), said("jabu", stop="max_tokens"), said("")):
        transport = model_that(MODEL, needle=lambda _request, reply=reply: reply)
        one = result(certified(transport).results, "needle")
        assert (one.status, one.asks, needles(transport)) == (Status.FAILED, 1, 1)
        assert [call.operation for call in one.calls] == ["ConverseStream"]


@pytest.mark.parametrize(
    "category", [Category.TIMEOUT, Category.SERVICE, Category.STREAM_BROKEN, Category.PROTOCOL]
)
def test_an_error_of_the_needle_never_makes_the_pair_run_again(category: Category) -> None:
    found = certified(model_that(MODEL, needle=failing("needle", category)))
    assert result(found.results, "needle").status is Status.ERROR
    assert (found.verdict, found.retries) == (Verdict.PASSED, 0)


def test_a_run_that_will_be_repeated_does_not_send_it() -> None:
    transport = model_that(MODEL, answers=failing("answers", Category.SERVICE))
    found = certified(transport)
    assert found.retries
    assert needles(transport) == 0

    timed_out = model_that(MODEL, unicode_pt=failing("unicode_pt", Category.TIMEOUT))
    found = certified(timed_out)
    assert found.retries
    assert needles(timed_out) == 0
    one = result(found.results, "needle")
    assert (one.status, str(one.note)) == (
        Status.SKIPPED,
        "not asked: this run met an error, and will be repeated",
    )


def test_an_error_for_which_a_passed_pair_is_not_repeated_does_not_hold_it_back() -> None:
    transport = model_that(MODEL, unicode_pt=failing("unicode_pt", Category.THROTTLED))
    found = certified(transport)
    assert (found.retries, needles(transport)) == (0, 1)


@pytest.mark.parametrize("window", [8_192, 204_608, 1_000_000])
def test_its_price_is_known_before_and_holds(window: int) -> None:
    """The text has at most the tokens that were told, and half of them, at four characters each."""
    model = ModelSpec(MODEL.api_model_id, capabilities=MODEL.capabilities, context_window=window)
    transport = model_that(model)
    certified(transport, model)
    [text] = [
        request["messages"][0]["content"][0]["text"]
        for request in transport.requests
        if check_of(request) == "needle"
    ]
    told = needle.CHECK.extra_tokens(model)
    assert told / 2 < len(text) / 4 <= told <= window * needle.SHARE_OF_WINDOW
    assert Prices(input=Decimal(5)).of_tokens(told, 0) == Decimal(5) * told / 1_000_000
