"""Converse, read: answers and streams as the checks see them.

Shapes: the botocore service model of `bedrock-runtime`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .errors import CallError, Category
from .transport import Json
from .wording import Message, message
from .wording import gettext_noop as _


@dataclass(frozen=True)
class ToolUse:
    id: str
    name: str
    # None where what came was not a JSON object.
    input: Json | None


@dataclass(frozen=True)
class Answer:
    """What the model said. `turn` is its whole message, ready to be sent back."""

    text: str
    stop_reason: str
    tool_uses: tuple[ToolUse, ...]
    reasoned: bool
    input_tokens: int
    output_tokens: int
    turn: Json
    latency_ms: int = 0


@dataclass(frozen=True)
class StreamedAnswer(Answer):
    """An answer that came in pieces; `problems` are what was wrong with their order."""

    ttft_ms: int | None = None
    text_pieces: int = 0
    has_usage: bool = False
    problems: tuple[Message, ...] = ()


def read_answer(body: Json, latency_ms: int) -> Answer:
    """A Converse response. Raises CallError(PROTOCOL) where it has no message."""
    turn = body.get("output", {}).get("message")
    if not isinstance(turn, dict):
        raise CallError(Category.PROTOCOL, "The answer has no output.message.")
    blocks = turn.get("content") or []
    usage = body.get("usage") or {}
    return Answer(
        text="".join(block["text"] for block in blocks if "text" in block),
        stop_reason=str(body.get("stopReason", "")),
        tool_uses=tuple(_tool_use(block["toolUse"]) for block in blocks if "toolUse" in block),
        reasoned=any("reasoningContent" in block for block in blocks),
        input_tokens=int(usage.get("inputTokens") or 0),
        output_tokens=int(usage.get("outputTokens") or 0),
        turn=turn,
        latency_ms=latency_ms,
    )


def _tool_use(block: Json) -> ToolUse:
    given = block.get("input")
    return ToolUse(
        id=str(block.get("toolUseId", "")),
        name=str(block.get("name", "")),
        input=given if isinstance(given, dict) else None,
    )


@dataclass
class _Block:
    """One content block while its pieces come in."""

    tool: Json | None = None
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    signature: str = ""
    fragments: list[str] = field(default_factory=list)
    redacted: bytes | None = None
    stopped: bool = False

    def content(self) -> Json | None:
        if self.tool is not None:
            return {"toolUse": {**self.tool, "input": _object("".join(self.fragments))}}
        if self.redacted is not None:
            return {"reasoningContent": {"redactedContent": self.redacted}}
        if self.reasoning:
            thought: Json = {"text": "".join(self.reasoning)}
            if self.signature:
                thought["signature"] = self.signature
            return {"reasoningContent": {"reasoningText": thought}}
        return {"text": "".join(self.text)} if self.text else None


def _object(text: str) -> Json | None:
    """The JSON object that `text` holds; no fragment at all means no argument."""
    try:
        parsed = json.loads(text or "{}")
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def read_stream(
    events: Iterator[Json], elapsed_ms: Callable[[], int], out_of_time: Callable[[], bool]
) -> StreamedAnswer:
    """Gathers a ConverseStream and notes every breach of its grammar.

    messageStart, then blocks (an optional start, deltas, a stop), messageStop, metadata. The first
    token is the first piece that carries meaning: text, reasoning, or a tool's name or arguments;
    an empty piece is not one.

    Raises CallError: what the transport raised, or DEADLINE.
    """
    blocks: dict[int, _Block] = {}
    problems: list[Message] = []
    stop_reason = ""
    usage: Json | None = None
    ttft: int | None = None
    pieces = 0
    started = False
    for event in events:
        if out_of_time():
            raise CallError(Category.DEADLINE, "The pair's time was up while the answer streamed.")
        kind, content = next(iter(event.items()))
        if kind == "messageStart":
            if started or blocks:
                problems.append(message(_("messageStart did not come first")))
            started = True
            continue
        if not started:
            problems.append(message(_("%(event)s came before messageStart"), event=kind))
            started = True
        if stop_reason and kind.startswith("contentBlock"):
            problems.append(message(_("%(event)s came after messageStop"), event=kind))
        if kind == "contentBlockStart":
            block = blocks.setdefault(content["contentBlockIndex"], _Block())
            block.tool = content["start"].get("toolUse")
            ttft = elapsed_ms() if ttft is None else ttft
        elif kind == "contentBlockDelta":
            block = blocks.setdefault(content["contentBlockIndex"], _Block())
            if block.stopped:
                problems.append(message(_("a piece came after its block had ended")))
            if _add(block, content["delta"]) and ttft is None:
                ttft = elapsed_ms()
            pieces += bool(content["delta"].get("text"))
        elif kind == "contentBlockStop":
            blocks.setdefault(content["contentBlockIndex"], _Block()).stopped = True
        elif kind == "messageStop":
            stop_reason = str(content.get("stopReason", ""))
        elif kind == "metadata":
            usage = content.get("usage")
            if not stop_reason:
                problems.append(message(_("metadata came before messageStop")))
    if not stop_reason:
        problems.append(message(_("the stream ended without messageStop")))
    if any(not block.stopped for block in blocks.values()):
        problems.append(message(_("a content block was never ended")))
    contents = [content for _index, block in sorted(blocks.items()) if (content := block.content())]
    body = {
        "output": {"message": {"role": "assistant", "content": contents}},
        "stopReason": stop_reason,
        "usage": usage or {},
    }
    answer = read_answer(body, elapsed_ms())
    return StreamedAnswer(
        **vars(answer),
        ttft_ms=ttft,
        text_pieces=pieces,
        has_usage=bool(usage and usage.get("outputTokens")),
        problems=tuple(problems),
    )


def _add(block: _Block, delta: dict[str, Any]) -> bool:
    """Adds a piece to its block; true if it carries meaning."""
    if text := delta.get("text"):
        block.text.append(text)
        return True
    if tool := delta.get("toolUse"):
        block.fragments.append(tool.get("input", ""))
        return bool(tool.get("input"))
    if reasoning := delta.get("reasoningContent"):
        block.reasoning.append(reasoning.get("text", ""))
        block.signature += reasoning.get("signature", "")
        block.redacted = reasoning.get("redactedContent", block.redacted)
        return bool(reasoning.get("text"))
    return False
