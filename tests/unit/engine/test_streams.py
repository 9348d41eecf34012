"""ConverseStream, event by event."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from certification.engine import Category
from certification.engine.conversation import StreamedAnswer, read_stream
from certification.engine.errors import CallError

from .scripted import called, events_of, said, thought, turn, weather

Events = list[dict[str, Any]]
START: dict[str, Any] = {"messageStart": {"role": "assistant"}}
STOP: dict[str, Any] = {"messageStop": {"stopReason": "end_turn"}}
USAGE: dict[str, Any] = {"metadata": {"usage": {"inputTokens": 3, "outputTokens": 4}}}


def piece(index: int = 0, **delta: Any) -> dict[str, Any]:
    return {"contentBlockDelta": {"contentBlockIndex": index, "delta": delta}}


def end(index: int = 0) -> dict[str, Any]:
    return {"contentBlockStop": {"contentBlockIndex": index}}


def tool_start(index: int = 0) -> dict[str, Any]:
    use = {"toolUseId": "a", "name": "get_weather"}
    return {"contentBlockStart": {"contentBlockIndex": index, "start": {"toolUse": use}}}


def read(events: Iterable[dict[str, Any]]) -> StreamedAnswer:
    """Reads a stream in which every event takes 10 ms."""
    clock = {"ms": 0}

    def ticking() -> Iterator[dict[str, Any]]:
        for event in events:
            clock["ms"] += 10
            yield event

    return read_stream(ticking(), lambda: clock["ms"], lambda: False)


def test_a_whole_stream_is_the_answer_that_it_carries() -> None:
    answer = read(events_of(said("one two\nthree", tokens=6)))
    assert answer.text == "one two\nthree"
    assert (answer.stop_reason, answer.output_tokens, answer.has_usage) == ("end_turn", 6, True)
    assert answer.text_pieces == 4
    assert answer.problems == ()
    assert answer.turn == {"role": "assistant", "content": [{"text": "one two\nthree"}]}
    assert answer.latency_ms == 80


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        ([piece(text="a"), end(), STOP, USAGE], "contentBlockDelta came before messageStart"),
        ([START, piece(text="a"), START, end(), STOP, USAGE], "messageStart did not come first"),
        ([START, piece(text="a"), STOP, end(), USAGE], "contentBlockStop came after messageStop"),
        (
            [START, piece(text="a"), end(), piece(text="b"), STOP, USAGE],
            "a piece came after its block had ended",
        ),
        ([START, piece(text="a"), end(), USAGE, STOP], "metadata came before messageStop"),
        ([START, piece(text="a"), end()], "the stream ended without messageStop"),
        ([], "the stream ended without messageStop"),
        ([START, piece(text="a"), STOP, USAGE], "a content block was never ended"),
        (
            [START, piece(toolUse={"input": "{}"}), end(), STOP, USAGE],
            "a tool's arguments came without its name",
        ),
    ],
)
def test_every_violation_of_the_event_order_is_reported(events: Events, problem: str) -> None:
    assert [str(found) for found in read(events).problems] == [problem]


def test_a_repeated_violation_is_reported_once() -> None:
    events = [START, piece(text="a"), end(), *[piece(text="b")] * 500, STOP, USAGE]
    assert len(read(events).problems) == 1


@pytest.mark.parametrize(
    ("events", "ttft"),
    [
        ([START, piece(text=""), piece(text="hi"), end(), STOP], 30),
        ([START, piece(reasoningContent={"text": "hm"}), end(), piece(1, text="hi"), end(1)], 20),
        ([START, piece(reasoningContent={"signature": "s"}), piece(1, text="hi"), end(1)], 30),
        ([START, tool_start(), piece(toolUse={"input": "{}"}), end(), STOP], 20),
        (
            [START, {"contentBlockStart": {"contentBlockIndex": 0, "start": {"image": {}}}},
             piece(text="hi"), end()],
            30,
        ),
        ([START, STOP, USAGE], None),
    ],
)  # fmt: skip
def test_the_first_token_is_the_first_event_with_content(events: Events, ttft: int | None) -> None:
    assert read(events).ttft_ms == ttft


def test_the_fragments_of_a_tools_arguments_are_joined() -> None:
    answer = read(events_of(called(weather("Natal"), weather("Recife"))))
    assert [use.input for use in answer.tool_uses] == [weather("Natal"), weather("Recife")]
    assert answer.tool_uses[0].name == "get_weather"
    assert answer.turn["content"][0]["toolUse"]["input"] == weather("Natal")


@pytest.mark.parametrize(
    ("fragments", "given"),
    [([], {}), ([""], {}), (['{"a"', ": 1}"], {"a": 1}), (['{"a"'], None), (['"text"'], None)],
)
def test_arguments_that_are_no_object_are_none(fragments: list[str], given: Any) -> None:
    pieces = [piece(toolUse={"input": fragment}) for fragment in fragments]
    answer = read([START, tool_start(), *pieces, end(), STOP, USAGE])
    assert answer.tool_uses[0].input == given


def whole(*events: dict[str, Any]) -> StreamedAnswer:
    return read([START, *events, end(), STOP, USAGE])


def test_a_thought_and_a_text_at_one_index_are_both_kept() -> None:
    """LibreChat#10647"""
    thought_part = piece(reasoningContent={"text": "hm", "signature": "s"})
    answer = whole(thought_part, piece(text="Par"), piece(text="is"))
    assert (answer.text, answer.reasoned, answer.problems) == ("Paris", True, ())
    assert answer.turn["content"] == [thought("hm", "s"), {"text": "Paris"}]


def test_kinds_that_take_turns_at_one_index_are_each_joined() -> None:
    hm = piece(reasoningContent={"text": "h"})
    answer = whole(hm, piece(text="Par"), hm, piece(text="is"))
    assert answer.turn["content"] == [thought("hh"), {"text": "Paris"}]


def test_a_text_and_a_tool_at_one_index_are_both_kept() -> None:
    answer = whole(piece(text="I ask."), tool_start(), piece(toolUse={"input": '{"a": 1}'}))
    assert answer.text == "I ask."
    assert [use.input for use in answer.tool_uses] == [{"a": 1}]
    assert answer.problems == ()


def test_a_redacted_thought_and_a_text_at_one_index_are_both_kept() -> None:
    answer = whole(piece(reasoningContent={"redactedContent": b"xyz"}), piece(text="Paris"))
    assert answer.text == "Paris"
    assert answer.turn_to_send_back["content"] == [
        {"reasoningContent": {"redactedContent": b"xyz"}},
        {"text": "Paris"},
    ]


@pytest.mark.parametrize("between", [[], [end()]])
def test_two_tools_at_one_index_are_two_calls_and_a_problem(between: Events) -> None:
    """unslothai#10059"""
    first, second = piece(toolUse={"input": '{"a": 1}'}), piece(toolUse={"input": '{"b": 2}'})
    answer = whole(tool_start(), first, *between, tool_start(), second)
    assert [use.input for use in answer.tool_uses] == [{"a": 1}, {"b": 2}]
    assert [str(problem) for problem in answer.problems] == ["two tool calls came at one index"]


@pytest.mark.parametrize("levels", [65, 700, 100_000])
def test_arguments_nested_too_deep_are_none(levels: int) -> None:
    written = '{"a":' * levels + "1" + "}" * levels
    answer = whole(tool_start(), piece(toolUse={"input": written}))
    assert [use.input for use in answer.tool_uses] == [None]


def test_signed_reasoning_can_be_sent_back() -> None:
    body = turn(thought("It asks for a city.", "signed"), {"text": "Natal"})
    answer = read(events_of(body))
    assert answer.reasoned
    assert answer.text == "Natal"
    assert answer.turn_to_send_back["content"] == body["output"]["message"]["content"]


def test_unsigned_reasoning_is_kept_as_evidence_and_not_sent_back() -> None:
    answer = read(events_of(turn(thought("hm"), {"text": "Natal"})))
    assert answer.turn["content"] == [thought("hm"), {"text": "Natal"}]
    assert answer.turn_to_send_back["content"] == [{"text": "Natal"}]


def test_redacted_reasoning_can_be_sent_back() -> None:
    answer = read([START, piece(reasoningContent={"redactedContent": b"xyz"}), end(), STOP, USAGE])
    assert answer.turn_to_send_back["content"] == [
        {"reasoningContent": {"redactedContent": b"xyz"}}
    ]


@pytest.mark.parametrize(
    "last", [[], [{"metadata": {}}], [{"metadata": {"usage": {"inputTokens": 3}}}]]
)
def test_missing_usage_is_detected(last: Events) -> None:
    answer = read([START, piece(text="a"), end(), STOP, *last])
    assert not answer.has_usage
    assert answer.problems == ()


def test_blocks_come_back_in_the_order_of_their_index() -> None:
    events = [START, piece(1, text="world"), end(1), piece(0, text="hello "), end(0), STOP, USAGE]
    assert read(events).text == "hello world"


def test_an_event_newer_than_the_client_does_no_harm() -> None:
    unknown = {"SDK_UNKNOWN_MEMBER": {"name": "sparkles"}}
    answer = read([START, piece(text="a"), unknown, {}, end(), STOP, USAGE])
    assert (answer.text, answer.problems) == ("a", ())


@pytest.mark.parametrize(
    "event",
    [
        {"contentBlockDelta": {}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": None}},
        {"contentBlockDelta": None},
        {"messageStop": []},
        {"metadata": 5},
        piece(text=5),
    ],
)
def test_an_event_of_another_shape_is_not_the_protocol(event: dict[str, Any]) -> None:
    with pytest.raises(CallError) as broken:
        read([START, event, end(), STOP, USAGE])
    assert broken.value.category is Category.PROTOCOL


def test_time_that_runs_out_ends_the_reading() -> None:
    answers: Iterator[bool] = iter([False, True])
    out_of_time: Callable[[], bool] = lambda: next(answers)  # noqa: E731
    with pytest.raises(CallError) as late:
        read_stream(iter([START, piece(text="a"), STOP]), lambda: 0, out_of_time)
    assert late.value.category is Category.DEADLINE
