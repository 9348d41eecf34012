"""The time limit of a pair, with a clock that the test controls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from certification.engine import Category, Certification, Deadline, Status, Verdict, certify
from certification.engine.errors import CallError

from .scripted import REGION, Scripted, events_of, model_that, result, said, text_model

MODEL = text_model()


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_deadline_counts_down_and_stops_at_zero() -> None:
    clock = Clock()
    deadline = Deadline(10, clock)
    clock.now += 4
    assert (deadline.remaining, deadline.elapsed_ms, deadline.passed) == (6, 4000, False)
    clock.now += 7
    assert (deadline.remaining, deadline.elapsed_ms, deadline.passed) == (0, 11_000, True)


def test_what_is_left_is_passed_down_to_every_call() -> None:
    clock = Clock()
    transport = model_that(MODEL)
    right = transport.converses

    def takes_two_seconds(request: Any) -> Any:
        clock.now += 2
        return right(request)

    transport.converses = takes_two_seconds
    found = certify(MODEL, REGION, transport, Deadline(600, clock))
    assert transport.seconds[:3] == [600, 598, 598]
    assert sorted(transport.seconds, reverse=True) == transport.seconds
    calls = [call for one in found.results for call in one.calls]
    assert found.duration_ms == 2000 * sum(call.operation == "Converse" for call in calls)
    assert result(found.results, "answers").latency_ms == 2000


def test_without_time_left_no_call_is_made() -> None:
    transport = Scripted()
    found = certify(MODEL, REGION, transport, Deadline(0, Clock()))
    assert transport.requests == []
    assert found.verdict is Verdict.FAILED
    assert found.error is not None
    assert found.error.category is Category.DEADLINE


def test_the_deadline_is_checked_between_two_calls() -> None:
    clock = Clock()
    transport = model_that(MODEL)

    def slow(request: Any) -> Any:
        clock.now += 31
        return said("Paris")

    transport.converses = slow
    found = certify(MODEL, REGION, transport, Deadline(30, clock))
    assert len(transport.requests) == 1
    assert result(found.results, "answers").status is Status.PASSED
    # Streaming is required for this model, and did not run.
    assert found.verdict is Verdict.FAILED
    assert found.error is not None
    assert found.error.category is Category.DEADLINE
    assert "CERTIFICATION_TIMEOUT" in (found.advice or "")


def test_the_deadline_is_checked_between_two_events_of_a_stream() -> None:
    clock = Clock()
    transport = model_that(MODEL)
    seen: list[Any] = []

    def drips(request: Any) -> Iterator[Any]:
        for event in events_of(said("1 2 3\n" * 50)):
            clock.now += 10
            seen.append(event)
            yield event

    transport.streams = drips
    found = certify(MODEL, REGION, transport, Deadline(35, clock))
    assert len(seen) == 4
    assert found.error is not None
    assert found.error.category is Category.DEADLINE
    broken = result(found.results, "streaming").calls[0]
    assert broken.error == "DEADLINE: The pair's time was up while the answer streamed."


def test_a_stream_that_is_given_up_is_closed_at_once() -> None:
    clock = Clock()
    transport = model_that(MODEL)
    closed: list[bool] = []
    closed_by_then: list[bool] = []

    def drips(request: Any) -> Iterator[Any]:
        try:
            for event in events_of(said("1 2 3\n" * 50)):
                clock.now += 10
                yield event
        finally:
            closed.append(True)

    def looks() -> bool:
        closed_by_then.append(bool(closed))
        return False

    transport.streams = drips
    certify(MODEL, REGION, transport, Deadline(35, clock), stopped=looks)
    # Called before the checks: answers, streaming, and the next one.
    assert closed_by_then[:3] == [False, False, True]


def certified_until(seconds: float, slow: Any) -> Certification:
    """Certifies a model with correct answers; `slow` is called before each answer that is not
    streamed, to move the clock or raise."""
    clock = Clock()
    transport = model_that(MODEL)
    right = transport.converses

    def converses(request: Any) -> Any:
        slow(clock, request)
        return right(request)

    transport.converses = converses
    return certify(MODEL, REGION, transport, Deadline(seconds, clock))


def test_a_deadline_before_enough_was_judged_is_no_pass_and_no_score() -> None:
    def late(clock: Clock, request: Any) -> None:
        clock.now += 100 if "system" in request else 0

    found = certified_until(60, late)
    assert result(found.results, "answers").status is Status.PASSED
    unreached = result(found.results, "reasoning")
    assert (unreached.status, unreached.counts) == (Status.ERROR, False)
    assert found.verdict is Verdict.FAILED
    assert (found.score, found.grade, found.badge) == (None, None, None)
    assert found.error is not None
    assert found.error.category is Category.DEADLINE
    assert "CERTIFICATION_TIMEOUT" in (found.advice or "")


def test_a_late_deadline_keeps_the_verdict_of_what_was_judged() -> None:
    def late(clock: Clock, request: Any) -> None:
        clock.now += 100 if "document" in str(request) else 0

    found = certified_until(60, late)
    assert result(found.results, "document_read").status is Status.PASSED
    assert (found.verdict, found.score, found.error) == (Verdict.PASSED, 100.0, None)


def test_a_run_that_was_throttled_until_its_time_was_up_says_so() -> None:
    def throttled(clock: Clock, request: Any) -> None:
        clock.now += 20
        if "system" in request:
            raise CallError(Category.THROTTLED, "slow down", retry_after=7.0)

    found = certified_until(60, throttled)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.error is not None
    assert found.error.category is Category.THROTTLED
    assert found.retries > 0
    assert found.retry_after == 7.0


def test_a_healthy_model_that_reasons_for_25_seconds_a_call_is_judged_in_full() -> None:
    model = text_model(reasoning=True)
    assert (model.time_factor, text_model().time_factor) == (3, 1)
    clock, transport = Clock(), model_that(model)
    right, streamed = transport.converses, transport.streams

    def converses(request: Any) -> Any:
        clock.now += 25
        return right(request)

    def streams(request: Any) -> Any:
        clock.now += 25
        return streamed(request)

    transport.converses, transport.streams = converses, streams

    found = certify(model, REGION, transport, Deadline(300 * model.time_factor, clock))

    assert found.verdict is Verdict.PASSED
    assert {one.id: one.status for one in found.results if one.error} == {}
    print(f"{len(transport.requests)} calls, {found.duration_ms / 1000:.0f} s")
