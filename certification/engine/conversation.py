"""Parses Converse responses and ConverseStream events into answers for the checks.

Shapes: the botocore service model of `bedrock-runtime`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from .answer_text import bounded, without_reasoning
from .errors import CallError, Category
from .transport import MALFORMED_REPLY_ERRORS, Json
from .wording import Message, message
from .wording import gettext_noop as _

# An upper bound: larger than any context window, and a run's sum still fits a 32-bit column.
MAX_TOKENS_PER_CALL: Final = 20_000_000
# Levels of objects and lists in the arguments of a tool.
MAX_DEPTH: Final = 64


@dataclass(frozen=True)
class ToolUse:
    id: str
    name: str
    # None if the arguments are not a JSON object, or nested deeper than MAX_DEPTH.
    input: Json | None


@dataclass(frozen=True)
class Answer:
    """A model's answer: `text` is without the reasoning, `turn` is Bedrock's whole message.

    input_tokens: without those that were read from or written to the prompt cache
    """

    text: str
    stop_reason: str
    tool_uses: tuple[ToolUse, ...]
    reasoned: bool
    input_tokens: int
    output_tokens: int
    turn: Json
    latency_ms: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0

    @property
    def is_blank(self) -> bool:
        return not (self.text.strip() or self.tool_uses) and self.stop_reason == "end_turn"

    @property
    def all_input_tokens(self) -> int:
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens

    @property
    def is_signed(self) -> bool:
        """Returns whether it holds thoughts that may be sent back."""
        blocks = self.turn.get("content") or []
        return any("reasoningContent" in block and _can_be_sent_back(block) for block in blocks)

    @property
    def turn_to_send_back(self) -> Json:
        blocks = self.turn.get("content") or []
        return {**self.turn, "content": [block for block in blocks if _can_be_sent_back(block)]}


@dataclass(frozen=True)
class StreamedAnswer(Answer):
    """An answer from a stream; `problems` lists violations of the order of its events."""

    ttft_ms: int | None = None
    text_pieces: int = 0
    has_usage: bool = False
    problems: tuple[Message, ...] = ()


def read_answer(body: Json, latency_ms: int) -> Answer:
    """Parses a Converse response. Raises CallError(PROTOCOL) if it has another shape."""
    try:
        return _answer(body, latency_ms)
    except MALFORMED_REPLY_ERRORS as error:
        raise CallError(
            Category.PROTOCOL, "The answer does not have the shape of a Converse response."
        ) from error


def _answer(body: Json, latency_ms: int) -> Answer:
    turn = body.get("output", {}).get("message")
    if not isinstance(turn, dict):
        raise CallError(Category.PROTOCOL, "The answer has no output.message.")
    blocks = turn.get("content") or []
    usage = body.get("usage") or {}
    full_text = "".join(block["text"] for block in blocks if "text" in block)
    text = without_reasoning(full_text)
    return Answer(
        text=bounded(text),
        stop_reason=str(body.get("stopReason", "")),
        tool_uses=tuple(_tool_use(block["toolUse"]) for block in blocks if "toolUse" in block),
        reasoned=text != full_text or any("reasoningContent" in block for block in blocks),
        input_tokens=token_count(usage.get("inputTokens")),
        output_tokens=token_count(usage.get("outputTokens")),
        turn=turn,
        latency_ms=latency_ms,
        cache_read_tokens=token_count(usage.get("cacheReadInputTokens")),
        cache_write_tokens=token_count(usage.get("cacheWriteInputTokens")),
    )


def read_count(body: Json) -> int:
    """Parses a CountTokens response. Raises CallError(PROTOCOL) if it has another shape."""
    try:
        return token_count(body["inputTokens"])
    except MALFORMED_REPLY_ERRORS as error:
        raise CallError(Category.PROTOCOL, "The answer holds no number of tokens.") from error


def token_count(reported: Any) -> int:
    """Returns a reported number of tokens, clamped to 0..MAX_TOKENS_PER_CALL; 0 if it is missing.

    Raises ValueError, TypeError or OverflowError if it is not a number.
    """
    return min(max(int(reported or 0), 0), MAX_TOKENS_PER_CALL)


def _can_be_sent_back(block: Json) -> bool:
    """Returns False for blocks that a later request must not repeat: Bedrock refuses blank texts,
    some families refuse unsigned reasoning, and botocore refuses block types that it does not know.
    """
    if "text" in block:
        return bool(block["text"].strip())
    if "reasoningContent" in block:
        thought = block["reasoningContent"]
        return "redactedContent" in thought or "signature" in thought.get("reasoningText", {})
    return "SDK_UNKNOWN_MEMBER" not in block


def _tool_use(block: Json) -> ToolUse:
    arguments = block.get("input")
    return ToolUse(
        id=str(block.get("toolUseId", "")),
        name=str(block.get("name", "")),
        input=arguments if isinstance(arguments, dict) and not _is_too_deep(arguments) else None,
    )


def _is_too_deep(value: Any) -> bool:
    """Returns whether JSON is nested deeper than MAX_DEPTH, at which programs that read it fail."""
    level = [value]
    for _depth in range(MAX_DEPTH):
        level = [
            item
            for each in level
            if isinstance(each, dict | list)
            for item in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


@dataclass
class _Part:
    """A piece of content of one kind, collected from its events."""

    kind: str
    tool: Json | None = None
    text: list[str] = field(default_factory=list)
    signature: list[str] = field(default_factory=list)
    redacted: bytes | None = None

    def content(self) -> Json | None:
        text = "".join(self.text)
        match self.kind:
            case "toolUse":
                # Without a name it is noted as a problem, and is no call.
                return self.tool and {"toolUse": {**self.tool, "input": _object(text)}}
            case "redacted":
                return {"reasoningContent": {"redactedContent": self.redacted}}
            case "reasoning":
                signature = "".join(self.signature)
                signed = {"signature": signature} if signature else {}
                return {"reasoningContent": {"reasoningText": {"text": text, **signed}}}
            case _:
                return {"text": text} if text else None


@dataclass
class _Block:
    """The content of one index of a stream: one kind by Bedrock's grammar, several from some
    models."""

    parts: list[_Part] = field(default_factory=list)
    # The last part of each kind.
    latest: dict[str, _Part] = field(default_factory=dict)
    stopped: bool = False

    def part(self, kind: str) -> _Part:
        """Returns the last part of this kind, a new one if there is none."""
        return self.latest.get(kind) or self.begin(_Part(kind))

    def begin(self, part: _Part) -> _Part:
        self.parts.append(part)
        self.latest[part.kind] = part
        return part


def _object(text: str) -> Json | None:
    """Returns the JSON object in `text`, or None. An empty text is a call without arguments."""
    try:
        parsed = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def read_stream(
    events: Iterator[Json], elapsed_ms: Callable[[], int], out_of_time: Callable[[], bool]
) -> StreamedAnswer:
    """Reads a ConverseStream to its end and records every violation of its event order.

    The order: messageStart, then blocks (optional start, deltas, stop), messageStop, metadata. The
    first token is the first event with content: text, reasoning, or a tool's name or arguments;
    an empty delta does not count.

    Raises CallError: the transport's own, DEADLINE, or PROTOCOL.
    """
    reader = _StreamReader()
    try:
        for event in events:
            if out_of_time():
                raise CallError(
                    Category.DEADLINE, "The pair's time was up while the answer streamed."
                )
            reader.add_event(event, elapsed_ms)
        return reader.answer(elapsed_ms())
    except MALFORMED_REPLY_ERRORS as error:
        raise CallError(
            Category.PROTOCOL, "The stream holds an event of another shape than Bedrock's."
        ) from error


@dataclass
class _StreamReader:
    """Collects the events of one stream."""

    blocks: dict[int, _Block] = field(default_factory=dict)
    problems: list[Message] = field(default_factory=list)
    stop_reason: str = ""
    usage: Json | None = None
    ttft_ms: int | None = None
    pieces: int = 0
    started: bool = False

    def add_event(self, event: Json, elapsed_ms: Callable[[], int]) -> None:
        for kind, content in event.items():
            self._check_order(kind)
            if kind.startswith("contentBlock"):
                block = self.blocks.setdefault(content["contentBlockIndex"], _Block())
                if self._add(kind, content, block) and self.ttft_ms is None:
                    self.ttft_ms = elapsed_ms()
            elif kind == "messageStop":
                self.stop_reason = str(content.get("stopReason", ""))
            elif kind == "metadata":
                self.usage = content.get("usage")

    def _check_order(self, kind: str) -> None:
        if kind == "messageStart":
            if self.started:
                self._note_problem(message(_("messageStart did not come first")))
        elif not self.started:
            self._note_problem(message(_("%(event)s came before messageStart"), event=kind))
        self.started = True
        if self.stop_reason and kind.startswith("contentBlock"):
            self._note_problem(message(_("%(event)s came after messageStop"), event=kind))
        if kind == "metadata" and not self.stop_reason:
            self._note_problem(message(_("metadata came before messageStop")))

    def _add(self, kind: str, content: Json, block: _Block) -> bool:
        """Adds an event to its block. Returns True if the event has content."""
        if kind == "contentBlockStart":
            use = content["start"].get("toolUse")
            if use is None:
                return False
            if "toolUse" in block.latest:
                self._note_problem(message(_("two tool calls came at one index")))
            block.begin(_Part("toolUse", use))
            block.stopped = False
            return True
        if kind == "contentBlockStop":
            block.stopped = True
            return False
        if block.stopped:
            self._note_problem(message(_("a piece came after its block had ended")))
        delta = content["delta"]
        if "toolUse" in delta and "toolUse" not in block.latest:
            self._note_problem(message(_("a tool's arguments came without its name")))
        self.pieces += bool(delta.get("text"))
        return _add(block, delta)

    def _note_problem(self, problem: Message) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def answer(self, latency_ms: int) -> StreamedAnswer:
        if not self.stop_reason:
            self._note_problem(message(_("the stream ended without messageStop")))
        if any(not block.stopped for block in self.blocks.values()):
            self._note_problem(message(_("a content block was never ended")))
        blocks = (
            part.content() for _index, block in sorted(self.blocks.items()) for part in block.parts
        )
        body = {
            "output": {
                "message": {"role": "assistant", "content": [block for block in blocks if block]}
            },
            "stopReason": self.stop_reason,
            "usage": self.usage or {},
        }
        return StreamedAnswer(
            **vars(read_answer(body, latency_ms)),
            ttft_ms=self.ttft_ms,
            text_pieces=self.pieces,
            has_usage=bool(self.usage and self.usage.get("outputTokens")),
            problems=tuple(self.problems),
        )


def _add(block: _Block, delta: dict[str, Any]) -> bool:
    """Adds a delta to its block. Returns True if the delta has content."""
    if text := delta.get("text"):
        block.part("text").text.append(text)
        return True
    if tool := delta.get("toolUse"):
        block.part("toolUse").text.append(tool.get("input", ""))
        return bool(tool.get("input"))
    if reasoning := delta.get("reasoningContent"):
        if "redactedContent" in reasoning:
            block.begin(_Part("redacted", redacted=reasoning["redactedContent"]))
            return False
        part = block.part("reasoning")
        part.text.append(reasoning.get("text", ""))
        part.signature.append(reasoning.get("signature", ""))
        return bool(reasoning.get("text"))
    return False
