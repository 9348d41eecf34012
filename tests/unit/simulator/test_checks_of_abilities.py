"""What the simulator answers to the checks of declared abilities: caches, counts, files, tools."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from certification.engine.checks import documents, pictures, speech, videos

from .conftest import Client
from .requests import CURRENCY, NOVA, TOOLS, WEATHER, converse, text_of, user

OPUS = "anthropic.claude-opus-4-5-20251101-v1:0"
LINES = ("Delivery note", "Reference code: {code}")
POINT = {"cachePoint": {"type": "default"}}


def cached(runtime: Any, text: str, model: str = NOVA) -> tuple[int, int, int]:
    """Returns the input tokens that were neither, read from the cache, and written to it."""
    usage = runtime.converse(
        modelId=model,
        messages=[{"role": "user", "content": [{"text": text}, POINT, {"text": "Hello"}]}],
    )["usage"]
    cache = (usage.get("cacheReadInputTokens", 0), usage.get("cacheWriteInputTokens", 0))
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"] + sum(cache)
    return (usage["inputTokens"], *cache)


def test_a_long_beginning_is_written_to_the_cache_and_then_read_from_it(client: Client) -> None:
    text = "A quiet afternoon by the sea. " * 400
    _rest, read, written = cached(client(), text)
    assert (read, written > 1_024) == (0, True)
    rest, read, written_again = cached(client(), text)
    assert (read, written_again, rest < 10) == (written, 0, True)
    # Another region has a cache of its own, and another text is another prompt.
    assert cached(client("us-west-2"), text, f"us.{NOVA}")[1] == 0
    assert cached(client(), f"Indeed. {text}")[1] == 0


def test_a_beginning_below_the_minimum_is_not_cached(client: Client) -> None:
    for _time in range(2):
        assert cached(client(), "A short text.")[1:] == (0, 0)
        assert cached(client(), "Some two thousand tokens. " * 300, f"us.{OPUS}")[1:] == (0, 0)


def test_tokens_are_counted_as_the_usage_tells_them(client: Client) -> None:
    messages = [user("What is the capital of France?")]
    counted = client().count_tokens(modelId=OPUS, input={"converse": {"messages": messages}})
    told = client().converse(modelId=f"us.{OPUS}", messages=messages)["usage"]["inputTokens"]
    assert counted["inputTokens"] == told


@pytest.mark.parametrize("model", [f"us.{OPUS}", NOVA, "vendor.unknown"])
def test_tokens_are_not_counted_for_profiles_nor_other_vendors(client: Client, model: str) -> None:
    """pydantic-ai#4001"""
    with pytest.raises(ClientError, match="doesn't support counting tokens"):
        client().count_tokens(modelId=model, input={"converse": {"messages": [user("Hello")]}})


def test_documents_are_read_by_their_format(client: Client) -> None:
    makers = {"txt": documents.txt, "pdf": documents.pdf, "csv": documents.table,
              "docx": documents.docx}  # fmt: skip
    blocks = [
        {"document": {"format": name, "name": f"note {name}", "source": {
            "bytes": maker([line.format(code=f"AB-{number}") for line in LINES])}}}
        for number, (name, maker) in enumerate(makers.items(), 10)
    ]  # fmt: skip
    question = "What are the reference codes in the attached documents?"
    assert text_of(converse(client(), question, *blocks)) == "AB-10\nAB-11\nAB-12\nAB-13"
    assert text_of(converse(client(), question, blocks[1])) == "AB-11"
    told_wrong = [{"document": {**block["document"], "format": "pdf"}} for block in blocks[3:]]
    assert "does not say" in text_of(converse(client(), question, *told_wrong))


def test_several_pictures_a_video_and_a_recording_are_read(client: Client) -> None:
    shown = [
        {"image": {"format": name, "source": {"bytes": pictures.picture_of(number, name)}}}
        for name, number in (("png", "10234"), ("jpeg", "56789"), ("gif", "48213"))
    ]
    question = "What number is written in each picture?"
    assert text_of(converse(client(), question, *shown)) == "10234\n56789\n48213"

    video = {"video": {"format": "webm", "source": {"bytes": videos.video_of("48213")}}}
    assert text_of(converse(client(), "What number does this video show?", video)) == "48213"

    audio = {"audio": {"format": "wav", "source": {"bytes": speech.spoken("4703")}}}
    question = "Which digits are spoken in this recording?"
    voxtral = "mistral.voxtral-mini-3b-2507"
    assert text_of(converse(client(), question, audio, model=voxtral)) == "4703"
    with pytest.raises(ClientError, match="doesn't support the audio field"):
        converse(client(), question, audio)


def test_broken_files_are_read_as_empty(client: Client) -> None:
    for name in ("pdf", "docx", "txt"):
        block = {"document": {"format": name, "name": "note", "source": {"bytes": b"\x00\xff"}}}
        found = text_of(converse(client(), "What is the code in the attached document?", block))
        assert found == "The document does not say."
    for content in (b"", b"\x1a\x45", b"\xa3", b"\x00" * 9):
        video = {"video": {"format": "webm", "source": {"bytes": content}}}
        converse(client(), "What number does this video show?", video)
        audio = {"audio": {"format": "wav", "source": {"bytes": content}}}
        converse(client(), "Which digits?", audio, model="mistral.voxtral-mini-3b-2507")


def test_a_strict_tool_is_refused_where_it_is_not_declared(client: Client) -> None:
    """litellm#31585"""
    strict = {"tools": [{"toolSpec": {**WEATHER["toolSpec"], "strict": True}}]}
    question = "What is the weather in Recife, in celsius?"
    for model, refused in ((f"us.{OPUS}", False), ("us.anthropic.claude-opus-4-7", True)):
        if refused:
            with pytest.raises(ClientError, match=r"strict: Extra inputs are not permitted"):
                converse(client(), question, model=model, toolConfig=strict)
        else:
            converse(client(), question, model=model, toolConfig=strict)


def test_thoughts_are_accepted_only_with_their_own_signature(client: Client) -> None:
    question = user("What is the weather in Recife, in celsius? Use a tool.")
    first = client().converse(modelId=f"us.{OPUS}", messages=[question], toolConfig=TOOLS)
    turn = first["output"]["message"]
    use = next(block["toolUse"] for block in turn["content"] if "toolUse" in block)
    result = {"role": "user", "content": [{"toolResult": {
        "toolUseId": use["toolUseId"], "content": [{"json": {"temperature": 23}}]}}]}  # fmt: skip
    messages = [question, turn, result]
    again = client().converse(modelId=f"us.{OPUS}", messages=messages, toolConfig=TOOLS)
    assert "23" in text_of(again)
    turn["content"][0]["reasoningContent"]["reasoningText"]["signature"] += "x"
    with pytest.raises(ClientError, match="Invalid `signature`"):
        client().converse(modelId=f"us.{OPUS}", messages=messages, toolConfig=TOOLS)


def test_a_named_tool_is_called_whatever_the_question(client: Client) -> None:
    choice = {**TOOLS, "toolChoice": {"tool": {"name": CURRENCY["toolSpec"]["name"]}}}
    found = converse(client(), "What is the weather in Recife, in celsius?", toolConfig=choice)
    assert found["output"]["message"]["content"][0]["toolUse"]["name"] == "convert_currency"
