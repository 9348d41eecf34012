"""Converse and ConverseStream: a request in, the model's blocks out, whole or as events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from . import request, responder, tokens
from .behaviours import Profile
from .catalogue import Model
from .tool_selection import Call
from .wire import EVENT_STREAM, Reply, encode, exception_frame, frame

_REASONING = "The request is plain, so I answer it."
_SIGNATURE = "c2ltdWxhdGVkLXJlYXNvbmluZw=="
_PIECES_PER_DELTA = 3
_FRAMES_BEFORE_BREAK = 4
_tool_use_numbers = count(1)

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    blocks: tuple[Block, ...]
    stop_reason: str
    usage: dict[str, int]


def answer(model: Model, profile: Profile, body: bytes, *, streamed: bool) -> Answer:
    """Read the request, let the model think, cut at stop sequences and the token limit."""
    ask = request.read(model, profile, body, streamed=streamed)
    thought = [] if "silent" in profile.quirks else responder.think(ask, profile.quirks)
    blocks, stop_reason, used = _within_limits(ask, thought, reasons=model.can("reasoning"))
    usage = {
        "inputTokens": ask.input_tokens,
        "outputTokens": used,
        "totalTokens": ask.input_tokens + used,
    }
    return Answer(tuple(blocks), stop_reason, usage)


def _within_limits(
    ask: request.Ask, thought: Sequence[responder.Thought], *, reasons: bool
) -> tuple[list[Block], str, int]:
    left = ask.max_tokens
    blocks: list[Block] = []
    if reasons and thought:
        # Thinking is paid from the same budget, which is why a tiny limit shows only reasoning.
        text, spent = _cut(_REASONING, left)
        left -= spent
        said = {"text": text, "signature": _SIGNATURE}
        blocks.append({"reasoningContent": {"reasoningText": said}})
    for part in thought:
        if left <= 0:
            return blocks, "max_tokens", ask.max_tokens
        if isinstance(part, Call):
            left -= tokens.count(part.name) + tokens.count(json.dumps(part.arguments))
            if left < 0:
                return blocks, "max_tokens", ask.max_tokens
            number = next(_tool_use_numbers)
            use = {"toolUseId": f"tooluse_{number:022d}", "name": part.name}
            blocks.append({"toolUse": {**use, "input": part.arguments}})
            continue
        stops = [at for stop in ask.stops if stop and (at := part.find(stop)) >= 0]
        whole = part[: min(stops)] if stops else part
        text, spent = _cut(whole, left)
        left -= spent
        if text:
            blocks.append({"text": text})
        if len(text) < len(whole):
            return blocks, "max_tokens", ask.max_tokens
        if stops:
            return blocks, "stop_sequence", max(1, ask.max_tokens - left)
    called = any("toolUse" in block for block in blocks)
    return blocks, "tool_use" if called else "end_turn", max(1, ask.max_tokens - left)


def _cut(text: str, limit: int) -> tuple[str, int]:
    parts = tokens.pieces(text)
    return (text, len(parts)) if len(parts) <= limit else ("".join(parts[:limit]), limit)


def whole(found: Answer, profile: Profile, latency_ms: float) -> Reply:
    waited = profile.first_token_ms + profile.pace_ms * found.usage["outputTokens"]
    body = {
        "output": {"message": {"role": "assistant", "content": found.blocks}},
        "stopReason": found.stop_reason,
        "usage": found.usage,
        "metrics": {"latencyMs": max(1, round(waited + latency_ms))},
    }
    return Reply(body=encode(body), first_ms=waited)


def stream(found: Answer, profile: Profile, latency_ms: float) -> Reply:
    frames = list(_events(found, profile, latency_ms))
    if "breaks_stream" in profile.quirks and len(frames) > _FRAMES_BEFORE_BREAK:
        message = "The model has timed out in processing the request. Try your request again."
        frames[_FRAMES_BEFORE_BREAK:] = [exception_frame("modelStreamErrorException", message)]
    return Reply(
        content_type=EVENT_STREAM,
        frames=tuple(frames),
        first_ms=profile.first_token_ms,
        pace_ms=profile.pace_ms,
    )


def _events(found: Answer, profile: Profile, latency_ms: float) -> Iterator[bytes]:
    yield frame("messageStart", {"role": "assistant"})
    for index, block in enumerate(found.blocks):
        if "toolUse" in block:
            use = {key: block["toolUse"][key] for key in ("toolUseId", "name")}
            start = {"start": {"toolUse": use}, "contentBlockIndex": index}
            yield frame("contentBlockStart", start)
        for delta in _deltas(block):
            yield frame("contentBlockDelta", {"delta": delta, "contentBlockIndex": index})
        yield frame("contentBlockStop", {"contentBlockIndex": index})
    yield frame("messageStop", {"stopReason": found.stop_reason})
    waited = profile.first_token_ms + profile.pace_ms * found.usage["outputTokens"]
    metrics = {"latencyMs": max(1, round(waited + latency_ms))}
    yield frame("metadata", {"usage": found.usage, "metrics": metrics})


def _deltas(block: Block) -> Iterator[Block]:
    if "toolUse" in block:
        text = json.dumps(block["toolUse"]["input"], ensure_ascii=False)
        third = max(1, len(text) // 3)
        for start in range(0, len(text), third):
            yield {"toolUse": {"input": text[start : start + third]}}
    elif "reasoningContent" in block:
        said = block["reasoningContent"]["reasoningText"]
        yield from ({"reasoningContent": {"text": part}} for part in _chunks(said["text"]))
        yield {"reasoningContent": {"signature": said["signature"]}}
    else:
        yield from ({"text": part} for part in _chunks(block["text"]))


def _chunks(text: str) -> Iterator[str]:
    parts = tokens.pieces(text)
    for start in range(0, len(parts), _PIECES_PER_DELTA):
        yield "".join(parts[start : start + _PIECES_PER_DELTA])
