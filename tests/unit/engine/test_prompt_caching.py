"""A prompt is read from the cache when it comes again."""

from __future__ import annotations

import re
from typing import Any

import pytest

from certification.engine.check import Outcome
from certification.engine.checks import prompt_caching
from certification.engine.model import ModelSpec

from .scripted import Scripted, said, subject_of, text_model

MODEL = text_model()


def usage(read: int = 0, written: int = 0) -> Any:
    answer = said("READY")
    cached = {"cacheReadInputTokens": read, "cacheWriteInputTokens": written}
    return {**answer, "usage": answer["usage"] | cached}


def run(*replies: Any) -> tuple[Outcome, Scripted]:
    waiting = list(replies)
    transport = Scripted(lambda _request: waiting.pop(0))
    return prompt_caching.run(subject_of(transport, MODEL)), transport


@pytest.mark.parametrize(
    ("replies", "points", "calls", "note"),
    [
        ([usage(written=1_100), usage(read=1_100)], 1, 2, ""),
        # Written by an earlier run, less than five minutes ago.
        ([usage(read=1_100)], 1, 1, ""),
        # The second call reached another region of the profile.
        ([usage(written=1_100), usage(written=1_100), usage(read=1_100)], 1, 3, ""),
        ([usage(written=1_100)] * 3, 0.5, 3,
         "the prompt was written to the cache, and never read from it"),
        ([usage()] * 3, 0, 2, "the prompt was not cached"),
        ([said("READY")] * 3, 0, 2, "the prompt was not cached"),
    ],
)  # fmt: skip
def test_the_second_call_reads_from_the_cache(
    replies: list[Any], points: float, calls: int, note: str
) -> None:
    outcome, transport = run(*replies)
    assert (outcome.points, str(outcome.note or "")) == (points, note)
    assert len(transport.requests) == calls


def test_all_calls_are_the_same_with_the_cache_point_after_the_long_text() -> None:
    _outcome, transport = run(usage(written=9), usage(read=9))
    first, second = transport.requests
    assert first == second
    text, point, question = first["messages"][0]["content"]
    assert (point, question) == (
        {"cachePoint": {"type": "default"}},
        {"text": prompt_caching.QUESTION},
    )
    assert text["text"].startswith(prompt_caching.RULE[:5])


@pytest.mark.parametrize(
    ("model_id", "tokens"),
    [
        ("amazon.nova-lite-v1:0", 1_024),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", 4_096),
        ("anthropic.claude-opus-4-6-v1", 4_096),
        ("anthropic.claude-opus-4-7", 2_048),
        ("anthropic.claude-opus-5", 1_024),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", 1_024),
        ("anthropic.claude-sonnet-4-6", 2_048),
        ("zai.glm-5.3", 2_048),
    ],
)
def test_the_text_is_longer_than_the_familys_minimum_and_not_much(
    model_id: str, tokens: int
) -> None:
    """At least a token for each word and mark, at most one for every four characters."""
    transport = Scripted(lambda _request: usage(read=1))
    subject = subject_of(transport, ModelSpec(model_id, capabilities={"prompt_caching": True}))
    prompt_caching.run(subject)
    text = transport.requests[0]["messages"][0]["content"][0]["text"]
    assert len(re.findall(r"\w+|[.,:]", text)) >= tokens
    assert len(text) / 4 < 1.5 * tokens


def test_two_models_send_different_texts() -> None:
    first, second = (
        subject_of(Scripted(lambda _request: usage(read=1)), ModelSpec(f"vendor.model-v{n}"))
        for n in (1, 2)
    )
    assert first.number(100, 900, "rules") != second.number(100, 900, "rules")
