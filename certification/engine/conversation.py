"""Converse, read: answers and streams as the checks see them.

Shapes: the botocore service model of `bedrock-runtime`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from .errors import CallError, Category
from .transport import MISSHAPEN, Json
from .wording import Message, message
from .wording import gettext_noop as _

# Some families think aloud in the text itself; with some, the prompt has opened the tag already.
ALOUD: Final = re.compile(
    r"\A\s*(?:<(?:think|thinking|reasoning)>|\[THINK\])?.*?"
    r"(?:</(?:think|thinking|reasoning)>|\[/THINK\])\s*",
    re.DOTALL,
)
ALOUD_UNENDED: Final = re.compile(r"\A\s*(?:<(?:think|thinking|reasoning)>|\[THINK\])")
# Of one call: no window is as large, and a run's sum over its calls still fits a column.
MOST_TOKENS: Final = 20_000_000


@dataclass(frozen=True)
class ToolUse:
    id: str
    name: str
    # None where what came was not a JSON object.
    input: Json | None


@dataclass(frozen=True)
class Answer:
    """What the model said. `text` is without its thoughts, `turn` its whole message."""

    text: str
    stop_reason: str
    tool_uses: tuple[ToolUse, ...]
    reasoned: bool
    input_tokens: int
    output_tokens: int
    turn: Json
    latency_ms: int = 0

    @property
    def turn_to_send_back(self) -> Json:
        blocks = self.turn.get("content") or []
        return {**self.turn, "content": [block for block in blocks if _can_go_back(block)]}


@dataclass(frozen=True)
class StreamedAnswer(Answer):
    """An answer that came in pieces; `problems` are what was wrong with their order."""

    ttft_ms: int | None = None
    text_pieces: int = 0
    has_usage: bool = False
    problems: tuple[Message, ...] = ()


def read_answer(body: Json, latency_ms: int) -> Answer:
    """A Converse response. Raises CallError(PROTOCOL) where it is none."""
    try:
        return _answer(body, latency_ms)
    except MISSHAPEN as error:
        raise CallError(
            Category.PROTOCOL, "The answer does not have the shape of a Converse response."
        ) from error


def _answer(body: Json, latency_ms: int) -> Answer:
    turn = body.get("output", {}).get("message")
    if not isinstance(turn, dict):
        raise CallError(Category.PROTOCOL, "The answer has no output.message.")
    blocks = turn.get("content") or []
    usage = body.get("usage") or {}
    said = "".join(block["text"] for block in blocks if "text" in block)
    text = _without_thoughts(said)
    return Answer(
        text=text,
        stop_reason=str(body.get("stopReason", "")),
        tool_uses=tuple(_tool_use(block["toolUse"]) for block in blocks if "toolUse" in block),
        reasoned=text != said or any("reasoningContent" in block for block in blocks),
        input_tokens=counted(usage.get("inputTokens")),
        output_tokens=counted(usage.get("outputTokens")),
        turn=turn,
        latency_ms=latency_ms,
    )


def counted(told: Any) -> int:
    """How many tokens a call says that it took, whatever it says; 0 where it says nothing.

    Raises ValueError, TypeError or OverflowError where it is no number at all.
    """
    return min(max(int(told or 0), 0), MOST_TOKENS)


def _without_thoughts(text: str) -> str:
    answer = ALOUD.sub("", text, count=1)
    return "" if ALOUD_UNENDED.match(answer) else answer


def _can_go_back(block: Json) -> bool:
    """Bedrock refuses blank texts, some families refuse thoughts that they have not signed, and
    botocore refuses blocks newer than itself."""
    if "text" in block:
        return bool(block["text"].strip())
    if "reasoningContent" in block:
        thought = block["reasoningContent"]
        return "redactedContent" in thought or "signature" in thought.get("reasoningText", {})
    return "SDK_UNKNOWN_MEMBER" not in block


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

    Raises CallError: what the transport raised, DEADLINE, or PROTOCOL.
    """
    reading = _Reading()
    try:
        for event in events:
            if out_of_time():
                raise CallError(
                    Category.DEADLINE, "The pair's time was up while the answer streamed."
                )
            reading.take(event, elapsed_ms)
        return reading.answer(elapsed_ms())
    except MISSHAPEN as error:
        raise CallError(
            Category.PROTOCOL, "The stream holds an event of another shape than Bedrock's."
        ) from error


@dataclass
class _Reading:
    """A stream while it is read."""

    blocks: dict[int, _Block] = field(default_factory=dict)
    problems: list[Message] = field(default_factory=list)
    stop_reason: str = ""
    usage: Json | None = None
    ttft_ms: int | None = None
    pieces: int = 0
    started: bool = False

    def take(self, event: Json, elapsed_ms: Callable[[], int]) -> None:
        for kind, content in event.items():
            self._note_order(kind)
            if kind.startswith("contentBlock"):
                block = self.blocks.setdefault(content["contentBlockIndex"], _Block())
                if self._add(kind, content, block) and self.ttft_ms is None:
                    self.ttft_ms = elapsed_ms()
            elif kind == "messageStop":
                self.stop_reason = str(content.get("stopReason", ""))
            elif kind == "metadata":
                self.usage = content.get("usage")

    def _note_order(self, kind: str) -> None:
        if kind == "messageStart":
            if self.started:
                self._note(message(_("messageStart did not come first")))
        elif not self.started:
            self._note(message(_("%(event)s came before messageStart"), event=kind))
        self.started = True
        if self.stop_reason and kind.startswith("contentBlock"):
            self._note(message(_("%(event)s came after messageStop"), event=kind))
        if kind == "metadata" and not self.stop_reason:
            self._note(message(_("metadata came before messageStop")))

    def _add(self, kind: str, content: Json, block: _Block) -> bool:
        """True if the event carries meaning."""
        if kind == "contentBlockStart":
            block.tool = content["start"].get("toolUse")
            return block.tool is not None
        if kind == "contentBlockStop":
            block.stopped = True
            return False
        if block.stopped:
            self._note(message(_("a piece came after its block had ended")))
        delta = content["delta"]
        if "toolUse" in delta and block.tool is None:
            self._note(message(_("a tool's arguments came without its name")))
        self.pieces += bool(delta.get("text"))
        return _add(block, delta)

    def _note(self, problem: Message) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def answer(self, latency_ms: int) -> StreamedAnswer:
        if not self.stop_reason:
            self._note(message(_("the stream ended without messageStop")))
        if any(not block.stopped for block in self.blocks.values()):
            self._note(message(_("a content block was never ended")))
        blocks = (block.content() for _index, block in sorted(self.blocks.items()))
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
