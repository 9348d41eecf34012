"""The model under test, as a check holds it: it can be asked, and everything asked is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from .calls import Call, trimmed
from .conversation import Answer, StreamedAnswer, counted, read_answer, read_stream
from .deadline import Deadline
from .errors import CallError, Category
from .model import ModelSpec
from .transport import Json, Transport

# Tokens. A reasoning model thinks out of the same purse as it answers: with too small a one it
# looks dead.
ROOM: Final = 512
ROOM_TO_THINK: Final = 4_096


class Subject:
    """One model in one region during one certification.

    Every method that asks raises CallError when no answer comes.
    """

    def __init__(
        self, model: ModelSpec, region: str, transport: Transport, deadline: Deadline
    ) -> None:
        self.model = model
        self.region = region
        self.deadline = deadline
        self.calls: list[Call] = []
        self.simulated = False
        self.reasoned = False
        # What a check leaves for those that depend on it.
        self.kept: dict[str, Any] = {}
        self._transport = transport

    def converse(
        self,
        messages: Sequence[Json] | str,
        *,
        system: str | None = None,
        tools: Sequence[Json] = (),
        stop: Sequence[str] = (),
        limit: int | None = None,
        schema: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Asks and waits for the whole answer.

        `limit` is an exact maxTokens; without it there is room to think, and more of it is given
        once where thinking used it up.
        """
        room = limit or self._room()
        answer = self._converse(self._request(messages, system, tools, stop, room, schema))
        if limit is None and _ran_out(answer) and (more := self._within_model(room * 4)) > room:
            answer = self._converse(self._request(messages, system, tools, stop, more, schema))
        return answer

    def stream(
        self,
        messages: Sequence[Json] | str,
        *,
        tools: Sequence[Json] = (),
    ) -> StreamedAnswer:
        """Asks, and reads the answer as it comes; room is given as by `converse`."""
        room = self._room()
        answer = self._stream(self._request(messages, None, tools, (), room, None))
        if _ran_out(answer) and (more := self._within_model(room * 4)) > room:
            answer = self._stream(self._request(messages, None, tools, (), more, None))
        return answer

    def _stream(self, request: Json) -> StreamedAnswer:
        self._look_at_the_clock()
        clock = self.deadline.clock
        began = clock()

        def elapsed_ms() -> int:
            return round((clock() - began) * 1000)

        try:
            reply = self._transport.converse_stream(self.region, request, self.deadline.remaining)
            self.simulated |= reply.simulated
            answer = read_stream(reply.events, elapsed_ms, lambda: self.deadline.passed)
        except CallError as error:
            self._note_failure("ConverseStream", request, elapsed_ms(), error)
            raise
        self.reasoned |= answer.reasoned
        self.calls.append(
            Call(
                operation="ConverseStream",
                latency_ms=answer.latency_ms,
                ttft_ms=answer.ttft_ms,
                input_tokens=answer.input_tokens,
                output_tokens=answer.output_tokens,
                cost=self.model.prices.of_tokens(answer.input_tokens, answer.output_tokens),
                request=trimmed(request),
                response=trimmed({"message": answer.turn, "stopReason": answer.stop_reason}),
            )
        )
        return answer

    def invoke(self, body: Json, *, images: int = 0) -> Json:
        """Calls InvokeModel with a family's own body; `images` is how many it is billed for."""
        self._look_at_the_clock()
        began = self.deadline.clock()
        try:
            reply = self._transport.invoke(
                self.region, self.model.target, body, self.deadline.remaining
            )
        except CallError as error:
            self._note_failure("InvokeModel", body, self._since(began), error)
            raise
        self.simulated |= reply.simulated
        input_tokens = counted(reply.input_tokens)
        self.calls.append(
            Call(
                operation="InvokeModel",
                latency_ms=self._since(began),
                input_tokens=input_tokens,
                output_tokens=counted(reply.output_tokens),
                cost=self._invoke_cost(input_tokens, images),
                request=trimmed(body),
                response=trimmed(reply.body),
            )
        )
        return reply.body

    def number(self, low: int, high: int, *salt: str) -> int:
        """A number in low..high, the same for the same model, region and salt on every run."""
        seed = "\n".join((self.model.api_model_id, self.region, *salt)).encode()
        return low + int.from_bytes(hashlib.sha256(seed).digest()[:8]) % (high - low + 1)

    def _invoke_cost(self, input_tokens: int, images: int) -> Decimal | None:
        prices = self.model.prices
        if images:
            return None if prices.image is None else prices.image * images
        return prices.of_tokens(input_tokens, 0)

    def _converse(self, request: Json) -> Answer:
        self._look_at_the_clock()
        began = self.deadline.clock()
        try:
            reply = self._transport.converse(self.region, request, self.deadline.remaining)
            self.simulated |= reply.simulated
            answer = read_answer(reply.body, self._since(began))
        except CallError as error:
            self._note_failure("Converse", request, self._since(began), error)
            raise
        self.reasoned |= answer.reasoned
        self.calls.append(
            Call(
                operation="Converse",
                latency_ms=answer.latency_ms,
                input_tokens=answer.input_tokens,
                output_tokens=answer.output_tokens,
                cost=self.model.prices.of_tokens(answer.input_tokens, answer.output_tokens),
                request=trimmed(request),
                response=trimmed(reply.body),
            )
        )
        return answer

    def _request(
        self,
        messages: Sequence[Json] | str,
        system: str | None,
        tools: Sequence[Json],
        stop: Sequence[str],
        room: int,
        schema: Mapping[str, Any] | None,
    ) -> Json:
        """A Converse request with what the check needs and not a field more: models refuse
        sampling parameters that they do not have."""
        if isinstance(messages, str):
            messages = [{"role": "user", "content": [{"text": messages}]}]
        inference: Json = {"maxTokens": room}
        if stop:
            inference["stopSequences"] = list(stop)
        request: Json = {
            "modelId": self.model.target,
            "messages": list(messages),
            "inferenceConfig": inference,
        }
        if system is not None:
            request["system"] = [{"text": system}]
        if tools:
            request["toolConfig"] = {"tools": list(tools)}
        if schema is not None:
            request["outputConfig"] = {"textFormat": {"type": "json_schema", "structure": schema}}
        return request

    def _room(self) -> int:
        thinks = self.reasoned or self.model.declares("reasoning")
        return self._within_model(ROOM_TO_THINK if thinks else ROOM)

    def _within_model(self, tokens: int) -> int:
        return min(tokens, self.model.max_output_tokens or tokens)

    def _look_at_the_clock(self) -> None:
        if self.deadline.passed:
            raise CallError(Category.DEADLINE, "The pair's time was up before this call.")

    def _since(self, began: float) -> int:
        return round((self.deadline.clock() - began) * 1000)

    def _note_failure(
        self, operation: str, request: Json, latency_ms: int, error: CallError
    ) -> None:
        self.simulated |= error.simulated
        self.calls.append(
            Call(
                operation=operation,
                latency_ms=latency_ms,
                input_tokens=0,
                output_tokens=0,
                cost=Decimal(0),
                request=trimmed(request),
                response=None,
                error=f"{error.code or error.category}: {error.text}",
            )
        )


def _ran_out(answer: Answer) -> bool:
    """Whether thinking, shown or not, used up the room before anything was said."""
    said = answer.text.strip() or answer.tool_uses
    return not said and answer.stop_reason == "max_tokens"
