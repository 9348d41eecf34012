"""A transport without a network, and a model that answers every text check correctly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bedrock_simulator import responder
from bedrock_simulator.request import ConverseRequest, Turn
from certification.engine import CheckResult, Deadline, ModelSpec
from certification.engine.checks import (
    answers,
    audio_heard,
    document_read,
    image_read,
    json_format,
    max_tokens,
    needle,
    prompt_caching,
    reasoning,
    stop_sequence,
    streaming,
    strict_tools,
    thinking_replay,
    tool_call,
    tool_choice,
    two_tools,
    unicode_pt,
    video_read,
)
from certification.engine.checks.tools import CURRENCY, WEATHER
from certification.engine.errors import CallError, Category
from certification.engine.subject import Subject
from certification.engine.transport import Json, Reply, StreamReply

REGION = "us-east-1"
# Of every answer.
INPUT_TOKENS = 5
ABILITIES = (
    "streaming",
    "tools",
    "image_input",
    "document_input",
    "json_schema",
    "system_prompt",
    "stop_sequences",
    "tool_choice",
    "strict_tools",
    "prompt_caching",
    "count_tokens",
)
Script = Callable[[Json], Json]


def text_model(**declared: bool) -> ModelSpec:
    """Returns a model that declares what a model that does not reason can do with text, pictures
    and documents, except for those in `declared`."""
    return ModelSpec("vendor.model-v1", capabilities=dict.fromkeys(ABILITIES, True) | declared)


def count_nothing(_request: Json) -> Json:
    """As most models answer CountTokens."""
    raise CallError(Category.CAPABILITY, "The model does not support counting tokens.")


def refuse_all(request: Json) -> Any:
    raise AssertionError(f"not scripted: {request}")


@dataclass
class Scripted:
    """A transport that answers by functions of the request, and records the requests; those of
    CountTokens in `counted`."""

    converses: Script = refuse_all
    streams: Callable[[Json], Iterable[Json]] = refuse_all
    invokes: Script = refuse_all
    counts: Script = count_nothing
    simulated: bool = False
    endpoint: str = ""
    requests: list[Json] = field(default_factory=list)
    counted: list[Json] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def converse(self, region: str, request: Json, seconds: float) -> Reply:
        self._record(request, seconds)
        return Reply(self.converses(request), self.simulated)

    def converse_stream(self, region: str, request: Json, seconds: float) -> StreamReply:
        self._record(request, seconds)
        return StreamReply(iter(self.streams(request)), self.simulated)

    def invoke(self, region: str, model_id: str, body: Json, seconds: float) -> Reply:
        self._record(body, seconds)
        return Reply(self.invokes(body), self.simulated, input_tokens=7)

    def count_tokens(self, region: str, request: Json, seconds: float) -> Reply:
        self.counted.append(request)
        return Reply(self.counts(request), self.simulated)

    def _record(self, request: Json, seconds: float) -> None:
        self.requests.append(request)
        self.seconds.append(seconds)


def subject_of(
    transport: Scripted, model: ModelSpec | None = None, deadline: Deadline | None = None
) -> Subject:
    return Subject(model or text_model(), REGION, transport, deadline or Deadline(60))


def turn(*blocks: Json, stop: str = "end_turn", tokens: int = 9) -> Json:
    """Returns a Converse response."""
    return {
        "output": {"message": {"role": "assistant", "content": list(blocks)}},
        "stopReason": stop,
        "usage": {
            "inputTokens": INPUT_TOKENS,
            "outputTokens": tokens,
            "totalTokens": INPUT_TOKENS + tokens,
        },
    }


def said(text: str, stop: str = "end_turn", tokens: int = 9) -> Json:
    return turn({"text": text}, stop=stop, tokens=tokens)


def thought(text: str, signature: str = "") -> Json:
    signed = {"signature": signature} if signature else {}
    return {"reasoningContent": {"reasoningText": {"text": text, **signed}}}


def called(*inputs: Any, tool: str = WEATHER, stop: str = "tool_use") -> Json:
    uses = (
        {"toolUse": {"toolUseId": f"call-{n}", "name": tool, "input": given}}
        for n, given in enumerate(inputs)
    )
    return turn(*uses, stop=stop)


def weather(city: str) -> Json:
    return {"city": city, "unit": "celsius"}


def events_of(body: Json) -> Iterator[Json]:
    """Yields the events of a ConverseStream with the content of `body`."""
    yield {"messageStart": {"role": "assistant"}}
    for index, block in enumerate(body["output"]["message"]["content"]):
        for delta in _deltas(block):
            if "start" in delta:
                yield {"contentBlockStart": {"contentBlockIndex": index, **delta}}
            else:
                yield {"contentBlockDelta": {"contentBlockIndex": index, "delta": delta}}
        yield {"contentBlockStop": {"contentBlockIndex": index}}
    yield {"messageStop": {"stopReason": body["stopReason"]}}
    yield {"metadata": {"usage": body["usage"], "metrics": {"latencyMs": 1}}}


def _deltas(block: Json) -> Iterator[Json]:
    if "toolUse" in block:
        use = block["toolUse"]
        yield {"start": {"toolUse": {"toolUseId": use["toolUseId"], "name": use["name"]}}}
        written = json.dumps(use["input"])
        yield {"toolUse": {"input": written[:7]}}
        yield {"toolUse": {"input": written[7:]}}
    elif "reasoningContent" in block:
        reasoned = block["reasoningContent"]["reasoningText"]
        yield {"reasoningContent": {"text": reasoned["text"]}}
        if "signature" in reasoned:
            yield {"reasoningContent": {"signature": reasoned["signature"]}}
    else:
        for piece in block["text"].splitlines(keepends=True) or [""]:
            yield {"text": piece[: len(piece) // 2]}
            yield {"text": piece[len(piece) // 2 :]}


def check_of(request: Json) -> str:
    """The check that a Converse request belongs to, empty if no answer is scripted for it; those
    that stream tools are told apart by the caller."""
    if "system" in request:
        return "system_prompt"
    if "outputConfig" in request:
        return "structured_output"
    if _results_in(request, status="error"):
        return "tool_error"
    first = next(block["text"] for block in request["messages"][0]["content"] if "text" in block)
    if first == two_tools.PROMPT:
        return "two_tools"
    if first in (tool_choice.GREETING, tool_choice.PROMPT):
        return "tool_choice"
    starts = {
        "answers": answers.QUESTION,
        "streaming": streaming.PROMPT,
        "multi_turn": "My locker code",
        "stop_sequence": stop_sequence.PROMPT,
        "max_tokens": max_tokens.PROMPT,
        "json_format": json_format.INSTRUCTION,
        "reasoning": reasoning.INSTRUCTION,
        "unicode_pt": unicode_pt.INSTRUCTION,
        "tool_call": tool_call.PROMPT,
        "strict_tools": strict_tools.PROMPT,
        "thinking_replay": thinking_replay.PROMPT,
        "prompt_caching": prompt_caching.RULE[:5],
        "image_read": image_read.QUESTION,
        "video_read": video_read.QUESTION,
        "audio_heard": audio_heard.QUESTION,
        "document_read": document_read.QUESTION,
        "needle": needle.FILLER,
    }
    return next((check for check, start in starts.items() if first.startswith(start)), "")


def _results_in(request: Json, status: str | None = None) -> list[Json]:
    """Returns the contents of the tool results in the last turn."""
    results = [block["toolResult"] for block in request["messages"][-1]["content"]
               if "toolResult" in block]  # fmt: skip
    return [found["content"][0] for found in results if found.get("status") == status]


def simulated(request: Json) -> Json:
    """What the simulator, reading the words alone, answers."""
    turns = (
        Turn(turn["role"], "\n".join(block.get("text", "") for block in turn["content"]))
        for turn in request["messages"]
    )
    return said(" ".join(map(str, responder.respond(ConverseRequest(tuple(turns)), frozenset()))))


def perfect(model: ModelSpec) -> Script:
    """What a model without fault answers to each Converse of the suite; the simulator answers for
    checks that are not scripted here."""
    subject = subject_of(Scripted(), model)
    order = json_format.order_for(subject)
    facts = {
        "customer": order.customer,
        "items": [
            {"name": "notebooks", "quantity": order.notebooks},
            {"name": "pens", "quantity": order.pens},
        ],
        "paid": True,
    }
    solved = enumerate(reasoning.questions_for(subject), 1)
    texts = {
        "answers": "The capital of France is Paris.",
        "streaming": " ".join(streaming.NUMBERS),
        "system_prompt": "AZULEJO",
        "multi_turn": str(subject.number(1000, 9999, "locker")),
        "json_format": json.dumps(facts),
        "structured_output": json.dumps(facts),
        "reasoning": "\n".join(f"{n}) {answer}" for n, (_question, answer) in solved),
        "unicode_pt": unicode_pt.LINE,
        "image_read": "\n".join(file.secret for file in image_read.pictures_for(subject)),
        "document_read": "\n".join(file.secret for file in document_read.documents_for(subject)),
        "video_read": str(subject.number(10_000, 99_999, "video")),
        "audio_heard": str(subject.number(1000, 9999, "recording")),
        "needle": f"jabuticaba-{subject.number(1000, 9999, 'needle')}",
    }

    def script(request: Json) -> Json:
        check = check_of(request)
        if not check:
            return simulated(request)
        if check == "stop_sequence":
            return said("1 2 3 4 5 6 ", stop="stop_sequence")
        if check == "max_tokens":
            return said("Once upon a time", stop="max_tokens", tokens=max_tokens.LIMIT)
        if check == "tool_error":
            return said(" ".join(found["text"] for found in _results_in(request, "error")))
        if results := _results_in(request):
            return said(f"It is {results[0]['json']['temperature']} °C there.")
        if check == "two_tools":
            return called(*map(weather, two_tools.CITIES))
        if check == "tool_call":
            return called(weather(tool_call.CITY))
        if check == "strict_tools":
            return called(weather(strict_tools.CITY))
        if check == "tool_choice":
            is_named = "tool" in request["toolConfig"]["toolChoice"]
            return called({}, tool=CURRENCY if is_named else WEATHER)
        if check == "thinking_replay":
            call = called(weather("Salvador"))
            call["output"]["message"]["content"].insert(0, thought("hm", "signed"))
            return call
        if check == "prompt_caching":
            answer = said("READY")
            return {**answer, "usage": answer["usage"] | {"cacheReadInputTokens": 1_100}}
        return said(texts[check])

    return script


def model_that(model: ModelSpec, **exceptions: Script) -> Scripted:
    """Returns a transport with correct answers, except for the checks in `exceptions`.

    The keys for streamed tools are `tool_streaming` and `tool_result_streaming`, that for
    CountTokens is `count_tokens`.
    """
    right = perfect(model)

    def converses(request: Json) -> Json:
        return exceptions.get(check_of(request), right)(request)

    def streams(request: Json) -> Iterator[Json]:
        check = check_of(request)
        if "toolConfig" in request:
            check = "tool_result_streaming" if _results_in(request) else "tool_streaming"
        return events_of(exceptions.get(check, right)(request))

    counts = exceptions.get("count_tokens", lambda _request: {"inputTokens": INPUT_TOKENS})
    return Scripted(converses, streams, counts=counts)


def result(results: Iterable[CheckResult], check: str) -> CheckResult:
    return next(found for found in results if found.id == check)
