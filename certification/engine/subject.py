"""The model under test: a check calls it through this object, which records every call."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeVar

from . import pictures, wire
from .calls import Budget, Call, kept
from .conversation import (
    Answer,
    StreamedAnswer,
    read_answer,
    read_count,
    read_stream,
    token_count,
)
from .converse_request import build, turns
from .deadline import Deadline
from .errors import CallError, Category, categorise
from .masking import masked
from .model import Kind, ModelSpec, Route
from .transport import Json, Transport
from .wording import Message, message
from .wording import gettext_noop as _

# Tokens for an answer of a few sentences, if a check does not say what it needs. Bedrock takes all
# of maxTokens from the quota when a call begins, so a check asks for no more than it needs.
ROOM: Final = 256
# Tokens on top for a model that reasons: reasoning counts towards maxTokens, and with a small limit
# such a model returns no text. The second one from the first answer on that it used up.
THINKING: Final = 1_024
LONG_THINKING: Final = 6_144
# How many times the room an answer gets that was cut off.
MORE: Final = 4
# Stop reasons.
FILTERS: Final = frozenset({"guardrail_intervened", "content_filtered", "INTERVENED"})
# Of an InvokeModel body.
GUARDRAIL_ACTION: Final = "amazon-bedrock-guardrailAction"
MALFORMED: Final = {
    "malformed_tool_use": _("the model wrote a tool call that cannot be parsed (%(stop)s)"),
    "malformed_model_output": _("the model wrote an answer that cannot be parsed (%(stop)s)"),
}

AnswerT = TypeVar("AnswerT", bound=Answer)


class MalformedAnswer(Exception):
    """The service could not parse what the model wrote. It counts as a wrong answer."""

    def __init__(self, note: Message) -> None:
        self.note = note
        super().__init__(str(note))


class Subject:
    """One model in one region over one route during one certification.

    `converse`, `stream`, `invoke` and `count_tokens` raise CallError if the call fails or the
    deadline has passed; `converse` and `stream` raise MalformedAnswer too.
    """

    def __init__(
        self,
        model: ModelSpec,
        region: str,
        transport: Transport,
        deadline: Deadline,
        route: Route | None = None,
    ) -> None:
        self.model = model
        self.region = region
        self.route = route or model.first_route
        self.prices = model.prices.over(self.route)
        self.deadline = deadline
        self.calls: list[Call] = []
        self._evidence = Budget()
        self.simulated = False
        self.reasoned = False
        self._thinking = THINKING if model.declares("reasoning") else 0
        # Values that a check passes on to the checks that depend on it.
        self.kept: dict[str, Any] = {}
        self.endpoint = masked(transport.endpoint)
        self._transport = transport

    def converse(
        self,
        messages: Sequence[Json] | str,
        *,
        room: int = ROOM,
        system: str | None = None,
        tools: Sequence[Json] = (),
        choice: Json | None = None,
        stop: Sequence[str] = (),
        limit: int | None = None,
        schema: Mapping[str, Any] | None = None,
        more: Json | None = None,
    ) -> Answer:
        """Calls Converse and returns the whole answer.

        `room` is how many tokens the answer needs; a model that reasons gets more on top. An answer
        that was cut off is asked for once more, with more room. `limit` is an exact maxTokens in
        its place, and the call is not repeated. `choice` is a toolChoice; `more` are fields of the
        model's own (additionalModelRequestFields).
        """

        def ask(max_tokens: int) -> Answer:
            return self._converse(
                build(
                    self.route.id,
                    messages,
                    max_tokens,
                    system=system,
                    tools=tools,
                    choice=choice,
                    stop=stop,
                    schema=schema,
                    more=more,
                )
            )

        return ask(limit) if limit else self._whole(ask, room)

    def stream(
        self,
        messages: Sequence[Json] | str,
        *,
        room: int = ROOM,
        tools: Sequence[Json] = (),
        once: bool = False,
    ) -> StreamedAnswer:
        """Calls ConverseStream and reads it to its end; `room` as in `converse`. With `once` the
        call is not repeated, even if the answer was cut off."""

        def ask(max_tokens: int) -> StreamedAnswer:
            return self._stream(build(self.route.id, messages, max_tokens, tools=tools))

        return ask(self._max_tokens(room)) if once else self._whole(ask, room)

    def _whole(self, ask: Callable[[int], AnswerT], room: int) -> AnswerT:
        """Asks, and once more with more room if the answer was cut off."""
        max_tokens = self._max_tokens(room)
        answer = ask(max_tokens)
        if answer.stop_reason != "max_tokens":
            return answer
        if _used_up_by_reasoning(answer):
            self._thinking = LONG_THINKING
        larger = self._max_tokens(room * MORE)
        return ask(larger) if larger > max_tokens else answer

    def _stream(self, request: Json) -> StreamedAnswer:
        self._check_deadline()
        clock = self.deadline.clock
        began = clock()

        def elapsed_ms() -> int:
            return round((clock() - began) * 1000)

        has_begun = False
        try:
            reply = self._transport.converse_stream(self.region, request, self.deadline.remaining)
            has_begun = True
            self.simulated |= reply.simulated
            answer = read_stream(reply.events, elapsed_ms, lambda: self.deadline.passed)
        except CallError as error:
            free = _is_free(error) and not has_begun
            self._record_failure("ConverseStream", request, elapsed_ms(), error, free=free)
            raise
        self.reasoned |= answer.reasoned
        self.calls.append(
            Call(
                operation="ConverseStream",
                latency_ms=answer.latency_ms,
                ttft_ms=answer.ttft_ms,
                input_tokens=answer.all_input_tokens,
                output_tokens=answer.output_tokens,
                cost=self._converse_cost(answer),
                request=kept(request, self._evidence),
                response=kept(
                    {"message": answer.turn, "stopReason": answer.stop_reason}, self._evidence
                ),
                blank=answer.is_blank,
            )
        )
        _refuse_broken(answer)
        return answer

    def invoke(self, body: Json, *, images: int = 0) -> Json:
        """Calls InvokeModel with a family's own body; `images` is how many images are billed."""
        self._check_deadline()
        began = self.deadline.clock()
        try:
            reply = self._transport.invoke(
                self.region, self.route.id, body, self.deadline.remaining
            )
        except CallError as error:
            self._record_failure("InvokeModel", body, self._since(began), error)
            raise
        self.simulated |= reply.simulated
        input_tokens = token_count(reply.input_tokens)
        self.calls.append(
            Call(
                operation="InvokeModel",
                latency_ms=self._since(began),
                input_tokens=input_tokens,
                output_tokens=token_count(reply.output_tokens),
                cost=self._invoke_cost(input_tokens, images),
                request=kept(body, self._evidence),
                response=kept(reply.body, self._evidence),
            )
        )
        _refuse_filtered(str(reply.body.get(GUARDRAIL_ACTION, "")))
        if images:
            self._examine_pictures(reply.body)
        return reply.body

    def count_tokens(self, messages: Sequence[Json] | str) -> int:
        """Calls CountTokens, which is free, with what `converse` would send."""
        self._check_deadline()
        began = self.deadline.clock()
        request: Json = {
            # It refuses the ids of inference profiles (pydantic-ai#4001).
            "modelId": self.model.api_model_id,
            "input": {"converse": {"messages": turns(messages)}},
        }
        try:
            reply = self._transport.count_tokens(self.region, request, self.deadline.remaining)
            self.simulated |= reply.simulated
            tokens = read_count(reply.body)
        except CallError as error:
            self._record_failure("CountTokens", request, self._since(began), error, free=True)
            raise
        self.calls.append(
            Call(
                operation="CountTokens",
                latency_ms=self._since(began),
                input_tokens=0,
                output_tokens=0,
                cost=Decimal(0),
                request=kept(request, self._evidence),
                response=kept(reply.body, self._evidence),
            )
        )
        return tokens

    def _examine_pictures(self, body: Json) -> None:
        """Raises CallError if the service gave a reason instead of a picture, or if a picture must
        not be decoded."""
        found = pictures.in_answer(body)
        if not found and (reason := pictures.reason_in(body)):
            category = categorise("ValidationException", reason)
            is_named = category is not Category.INVALID_REQUEST
            raise CallError(category if is_named else Category.MODEL_ERROR, reason)
        if max((pictures.pixels_of(each) for each in found), default=0) > pictures.LARGE:
            wire.take_turn(self.deadline.remaining)

    def number(self, low: int, high: int, *salt: str) -> int:
        """Returns a number in low..high, the same for the same model, region and salt each time."""
        seed = "\n".join((self.model.api_model_id, self.region, *salt)).encode()
        return low + int.from_bytes(hashlib.sha256(seed).digest()[:8]) % (high - low + 1)

    def _converse_cost(self, answer: Answer) -> Decimal | None:
        return self.prices.of_tokens(
            answer.input_tokens,
            answer.output_tokens,
            cache_read=answer.cache_read_tokens,
            cache_write=answer.cache_write_tokens,
        )

    def _invoke_cost(self, input_tokens: int, images: int) -> Decimal | None:
        prices = self.prices
        if images:
            return None if prices.image is None else prices.image * images
        if self.model.kind is Kind.RERANK and prices.rerank is not None:
            return prices.rerank
        return prices.of_tokens(input_tokens, 0)

    def _converse(self, request: Json) -> Answer:
        self._check_deadline()
        began = self.deadline.clock()
        try:
            reply = self._transport.converse(self.region, request, self.deadline.remaining)
            self.simulated |= reply.simulated
            answer = read_answer(reply.body, self._since(began))
        except CallError as error:
            self._record_failure("Converse", request, self._since(began), error)
            raise
        self.reasoned |= answer.reasoned
        self.calls.append(
            Call(
                operation="Converse",
                latency_ms=answer.latency_ms,
                input_tokens=answer.all_input_tokens,
                output_tokens=answer.output_tokens,
                cost=self._converse_cost(answer),
                request=kept(request, self._evidence),
                response=kept(reply.body, self._evidence),
                blank=answer.is_blank,
            )
        )
        _refuse_broken(answer)
        return answer

    def _max_tokens(self, room: int) -> int:
        thinking = max(self._thinking, THINKING if self.reasoned else 0)
        return self._within_model(room + thinking)

    def _within_model(self, tokens: int) -> int:
        return min(tokens, self.model.max_output_tokens or tokens)

    def _check_deadline(self) -> None:
        if self.deadline.passed:
            raise CallError(Category.DEADLINE, "The pair's time was up before this call.")

    def _since(self, began: float) -> int:
        return round((self.deadline.clock() - began) * 1000)

    def _record_failure(
        self,
        operation: str,
        request: Json,
        latency_ms: int,
        error: CallError,
        *,
        free: bool | None = None,
    ) -> None:
        free = _is_free(error) if free is None else free
        self.simulated |= error.simulated
        self.calls.append(
            Call(
                operation=operation,
                latency_ms=latency_ms,
                input_tokens=0,
                output_tokens=0,
                cost=Decimal(0) if free else None,
                request=kept(request, self._evidence),
                response=None,
                error=kept(f"{error.code or error.category}: {error.text}", self._evidence),
            )
        )


# Of calls that reached no model, and of those that do not cost anything.
_FREE: Final = frozenset({Category.NETWORK, Category.CREDENTIALS, Category.INTERNAL})


def _is_free(error: CallError) -> bool:
    """Returns whether a failed call surely costs nothing: the service refused it, with a code, or
    was not reached. A call that was given up after it was sent may be billed."""
    return bool(error.code) or error.category in _FREE


def _refuse_broken(answer: Answer) -> None:
    """Raises CallError if the words are not the model's: a guardrail or a filter came between; and
    MalformedAnswer if the service could not parse them."""
    if answer.stop_reason in MALFORMED:
        raise MalformedAnswer(message(MALFORMED[answer.stop_reason], stop=answer.stop_reason))
    _refuse_filtered(answer.stop_reason)


def _refuse_filtered(stop: str) -> None:
    if stop in FILTERS:
        raise CallError(Category.FILTERED, f"The answer ended with the stop reason {stop}.")


def _used_up_by_reasoning(answer: Answer) -> bool:
    """Returns whether reasoning, shown or hidden, used up maxTokens before any answer."""
    has_answer = answer.text.strip() or answer.tool_uses
    return not has_answer and answer.stop_reason == "max_tokens"
