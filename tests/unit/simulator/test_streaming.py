"""ConverseStream: binary frames that botocore reads event by event."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError

from .requests import NOVA, TOOLS, user


def events(runtime: Any, text: str, model: str = NOVA, **more: Any) -> list[tuple[str, Any]]:
    answer = runtime.converse_stream(modelId=model, messages=[user(text)], **more)
    return [pair for event in answer["stream"] for pair in event.items()]


def test_the_events_come_in_order_and_carry_the_whole_text(client: Any) -> None:
    found = events(client(), "Write the numbers from 1 to 20 in digits.")
    names = [name for name, _ in found]
    deltas = names.count("contentBlockDelta")
    assert deltas > 3
    assert names == [
        "messageStart",
        *["contentBlockDelta"] * deltas,
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]
    text = "".join(body["delta"]["text"] for name, body in found if name == "contentBlockDelta")
    assert text.split() == [str(number) for number in range(1, 21)]
    assert found[-2][1]["stopReason"] == "end_turn"
    assert found[-1][1]["usage"]["outputTokens"] >= 20


def test_the_input_of_a_tool_arrives_in_fragments(client: Any) -> None:
    found = events(client(), "What is the weather in Natal, in celsius?", toolConfig=TOOLS)
    started = [body["start"]["toolUse"] for name, body in found if name == "contentBlockStart"]
    assert [use["name"] for use in started] == ["get_weather"]
    parts = [
        body["delta"]["toolUse"]["input"] for name, body in found if name == "contentBlockDelta"
    ]
    assert len(parts) > 1
    assert json.loads("".join(parts)) == {"city": "Natal", "unit": "celsius"}


def test_reasoning_is_streamed_as_a_block_of_its_own_before_the_text(client: Any) -> None:
    found = events(client(), "What is the capital of Italy?", "us.anthropic.claude-opus-4-7")
    deltas = [body for name, body in found if name == "contentBlockDelta"]
    assert "reasoningContent" in deltas[0]["delta"]
    assert deltas[-1]["contentBlockIndex"] == 1
    assert any("signature" in body["delta"].get("reasoningContent", {}) for body in deltas)


def test_a_slow_model_delays_its_first_token(client: Any) -> None:
    begun = time.perf_counter()
    found = events(client(), "What is 2 + 2?", "us.deepseek.r1-v1:0")
    assert time.perf_counter() - begun >= 0.3
    assert found[-1][1]["metrics"]["latencyMs"] >= 300


def test_a_model_that_breaks_does_so_after_some_text(client: Any) -> None:
    seen: list[str] = []
    answer = client().converse_stream(
        modelId="moonshot.kimi-k2-thinking", messages=[user("What is the capital of Peru?")]
    )
    with pytest.raises(EventStreamError, match="modelStreamErrorException"):
        seen.extend(name for event in answer["stream"] for name in event)
    assert seen[:2] == ["messageStart", "contentBlockDelta"]


def test_llama_4_takes_tools_on_converse_and_refuses_them_streamed(client: Any) -> None:
    model = "us.meta.llama4-scout-17b-instruct-v1:0"
    question = [user("What is the weather in Natal, in celsius?")]
    answer = client().converse(modelId=model, messages=question, toolConfig=TOOLS)
    assert answer["stopReason"] == "tool_use"
    with pytest.raises(ClientError, match="tool use in streaming mode"):
        client().converse_stream(modelId=model, messages=question, toolConfig=TOOLS)


def test_a_silent_model_only_starts_and_stops(client: Any) -> None:
    found = events(client(), "Hello!", "writer.palmyra-vision-7b")
    assert [name for name, _ in found] == ["messageStart", "messageStop", "metadata"]
