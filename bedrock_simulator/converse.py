"""Converse and ConverseStream: answers a request with content blocks, whole or as events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from . import misbehaviour, request, responder, tokens
from .behaviours import Behaviour
from .catalogue import Model
from .refusals import REFUSALS, STREAM_REFUSALS
from .tool_selection import ToolCall
from .wire import EVENT_STREAM, BedrockError, Reply, encode, exception_frame, frame

_REASONING = "The request is plain, so I answer it."
_BLOCKED = "Sorry, the model cannot answer this question."
_PIECES_PER_DELTA = 3
_FRAMES_BEFORE_BREAK = 4
_tool_use_numbers = count(1)

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    blocks: tuple[Block, ...]
    stop_reason: str
    usage: dict[str, int]


def _uncached(_payload: dict[str, Any]) -> dict[str, int]:
    return {}


def answer(
    model: Model,
    behaviour: Behaviour,
    body: bytes,
    *,
    streamed: bool,
    cached: Callable[[dict[str, Any]], dict[str, int]] = _uncached,
) -> Answer:
    """Reads the request and generates the answer, cut at stop sequences and at maxTokens; `cached`
    says how many tokens of it come from the prompt cache or go there.

    Raises BedrockError for a request that AWS would refuse.
    """
    parsed = request.read(model, behaviour, body, streamed=streamed)
    if "breaks_on_tools" in behaviour.quirks and parsed.tools:
        raise BedrockError(*REFUSALS["invalid_tool_sequence"])
    parts = responder.respond(parsed, behaviour.quirks)
    blocks, stop_reason, used = _within_limits(parsed, parts, reasons=model.can("reasoning"))
    if broken := _broken_off(parsed, blocks, behaviour.quirks):
        blocks, stop_reason = broken
    from_cache = cached(request.decode(body))
    if "ignores_cache" in behaviour.quirks:
        from_cache = {}
    elif from_cache and "forgets_cache" in behaviour.quirks:
        written = sum(from_cache.values())
        from_cache = {"cacheReadInputTokens": 0, "cacheWriteInputTokens": written}
    usage = {
        "inputTokens": max(1, parsed.input_tokens - sum(from_cache.values())),
        "outputTokens": used,
        "totalTokens": parsed.input_tokens + used,
        **from_cache,
    }
    return Answer(tuple(blocks), stop_reason, usage)


def _broken_off(
    parsed: request.ConverseRequest, blocks: Sequence[Block], quirks: frozenset[str]
) -> tuple[list[Block], str] | None:
    """Returns the blocks and the stop reason of an answer that was not let out whole, or None."""
    if "guardrail_intervened" in quirks:
        return [{"text": _BLOCKED}], "guardrail_intervened"
    if "content_filtered" in quirks:
        return [], "content_filtered"
    if "malformed_tool_use" in quirks and parsed.tools:
        return [block for block in blocks if "toolUse" not in block], "malformed_tool_use"
    if "malformed_model_output" in quirks:
        return [], "malformed_model_output"
    if "truncated" in quirks:
        halves = [
            {"text": misbehaviour.truncated(block["text"])} if "text" in block else block
            for block in blocks
        ]
        return halves, "max_tokens"
    return None


def _within_limits(
    parsed: request.ConverseRequest, parts: Sequence[responder.Part], *, reasons: bool
) -> tuple[list[Block], str, int]:
    left = parsed.max_tokens
    blocks: list[Block] = []
    if reasons and parts:
        # Reasoning counts towards maxTokens: with a small limit there is only reasoning.
        text, spent = _cut(_REASONING, left)
        left -= spent
        reasoning = {"text": text, "signature": request.SIGNATURE}
        blocks.append({"reasoningContent": {"reasoningText": reasoning}})
    for part in parts:
        if left <= 0:
            return blocks, "max_tokens", parsed.max_tokens
        if isinstance(part, ToolCall):
            left -= tokens.count(part.name) + tokens.count(json.dumps(part.arguments))
            if left < 0:
                return blocks, "max_tokens", parsed.max_tokens
            number = next(_tool_use_numbers)
            use = {"toolUseId": f"tooluse_{number:022d}", "name": part.name}
            blocks.append({"toolUse": {**use, "input": part.arguments}})
            continue
        stops = [at for stop in parsed.stops if stop and (at := part.find(stop)) >= 0]
        until_stop = part[: min(stops)] if stops else part
        text, spent = _cut(until_stop, left)
        left -= spent
        if text:
            blocks.append({"text": text})
        if len(text) < len(until_stop):
            return blocks, "max_tokens", parsed.max_tokens
        if stops:
            return blocks, "stop_sequence", max(1, parsed.max_tokens - left)
    called = any("toolUse" in block for block in blocks)
    return blocks, "tool_use" if called else "end_turn", max(1, parsed.max_tokens - left)


def _cut(text: str, limit: int) -> tuple[str, int]:
    parts = tokens.pieces(text)
    return (text, len(parts)) if len(parts) <= limit else ("".join(parts[:limit]), limit)


def whole_reply(result: Answer, behaviour: Behaviour, latency_ms: float) -> Reply:
    waited = behaviour.first_token_ms + behaviour.pace_ms * result.usage["outputTokens"]
    body = {
        "output": {"message": {"role": "assistant", "content": result.blocks}},
        "stopReason": result.stop_reason,
        "usage": result.usage,
        "metrics": {"latencyMs": max(1, round(waited + latency_ms))},
    }
    return Reply(body=encode(body), first_ms=waited)


def stream_reply(result: Answer, behaviour: Behaviour, latency_ms: float) -> Reply:
    reply = Reply(
        content_type=EVENT_STREAM,
        frames=tuple(_events(result, behaviour, latency_ms)),
        first_ms=behaviour.first_token_ms,
        pace_ms=behaviour.pace_ms,
    )
    return (
        broken_stream(reply, "stream_model_error") if "breaks_stream" in behaviour.quirks else reply
    )


def broken_stream(reply: Reply, name: str) -> Reply:
    """Returns a stream that ends after its first events with the exception of that name."""
    code, message = STREAM_REFUSALS[name]
    first = reply.frames[:_FRAMES_BEFORE_BREAK]
    ending = exception_frame(code[0].lower() + code[1:], message)
    return replace(reply, frames=(*first, ending))


def _events(result: Answer, behaviour: Behaviour, latency_ms: float) -> Iterator[bytes]:
    yield frame("messageStart", {"role": "assistant"})
    mixed = "mixes_blocks" in behaviour.quirks
    for number, block in enumerate(result.blocks):
        index = 0 if mixed and "toolUse" not in block else number
        if "toolUse" in block:
            use = {key: block["toolUse"][key] for key in ("toolUseId", "name")}
            start = {"start": {"toolUse": use}, "contentBlockIndex": index}
            yield frame("contentBlockStart", start)
        for delta in _deltas(block):
            yield frame("contentBlockDelta", {"delta": delta, "contentBlockIndex": index})
        following = result.blocks[number + 1 : number + 2]
        if not mixed or "toolUse" in block or not following or "toolUse" in following[0]:
            yield frame("contentBlockStop", {"contentBlockIndex": index})
    yield frame("messageStop", {"stopReason": result.stop_reason})
    waited = behaviour.first_token_ms + behaviour.pace_ms * result.usage["outputTokens"]
    metrics = {"latencyMs": max(1, round(waited + latency_ms))}
    yield frame("metadata", {"usage": result.usage, "metrics": metrics})


def _deltas(block: Block) -> Iterator[Block]:
    if "toolUse" in block:
        text = json.dumps(block["toolUse"]["input"], ensure_ascii=False)
        third = max(1, len(text) // 3)
        for start in range(0, len(text), third):
            yield {"toolUse": {"input": text[start : start + third]}}
    elif "reasoningContent" in block:
        reasoning = block["reasoningContent"]["reasoningText"]
        yield from ({"reasoningContent": {"text": part}} for part in _chunks(reasoning["text"]))
        yield {"reasoningContent": {"signature": reasoning["signature"]}}
    else:
        yield from ({"text": part} for part in _chunks(block["text"]))


def _chunks(text: str) -> Iterator[str]:
    parts = tokens.pieces(text)
    for start in range(0, len(parts), _PIECES_PER_DELTA):
        yield "".join(parts[start : start + _PIECES_PER_DELTA])
