"""The ASGI application: routes requests, applies faults, and sends the answers."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from . import control, converse, count_tokens, faults, invoke
from .behaviours import Quotas, behaviour_of
from .catalogue import Catalogue, resolve
from .prompt_cache import PromptCache
from .wire import BedrockError, Reply, encode, invalid, refusal

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

TRANSPORT = "homologa.transport"
ADMIN_PREFIX = "/_simulator/"
# Bytes: Bedrock's limit for a request body.
MAX_BODY = 25_000_000
_SCOPE = re.compile(r"Credential=[^/\s]+/\d{8}/([a-z0-9-]+)/bedrock/aws4_request")
_CONTROL = {
    "foundation-models": "list-foundation-models",
    "inference-profiles": "list-inference-profiles",
    "foundation-model-availability": "get-foundation-model-availability",
}
_RUNTIME = ("converse", "converse-stream", "invoke", "invoke-with-response-stream", "count-tokens")
_GARBAGE = b"\x00\xff<not what was asked for>" * 8
_SLOW_KINDS = ("IMAGE", "IMAGE_EDIT")


class _Disconnect(Exception):
    """The connection must be closed now, without an answer or in the middle of it."""


@dataclass(slots=True)
class Simulator:
    """The simulator's mutable state. `latency_ms` is added to every model call."""

    catalogue: Catalogue
    latency_ms: float = 0.0
    rules: list[faults.Rule] = field(default_factory=list)
    quotas: Quotas = field(default_factory=Quotas)
    prompts: PromptCache = field(default_factory=PromptCache)
    operations: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    in_flight: int = 0
    max_in_flight: int = 0

    def reset(self) -> None:
        self.rules = []
        self.quotas.reset()
        self.prompts.reset()
        self.operations.clear()
        self.statuses.clear()
        self.max_in_flight = self.in_flight


def app(
    catalogue: Catalogue, *, latency_ms: float = 0.0
) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Returns an ASGI application for a catalogue, with its own faults, counters and quotas."""
    state = Simulator(catalogue, latency_ms)
    numbers = count(1)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        number = next(numbers)
        is_admin = path.startswith(ADMIN_PREFIX)
        state.in_flight += not is_admin
        state.max_in_flight = max(state.max_in_flight, state.in_flight)
        try:
            body = await _read(receive)
            if is_admin:
                reply = _administer(state, scope["method"], path[len(ADMIN_PREFIX) :], body)
                await _send(reply, number, send)
                return
            reply, rule = await _answer(state, scope, path, body, receive)
            state.statuses[reply.status] += 1
            if rule is not None and rule.fault == "cut_stream":
                await _send(reply, number, send, cut=True)
                raise _Disconnect
            await _send(reply, number, send)
        except _Disconnect:
            await _hang_up(scope, receive)
        finally:
            state.in_flight -= not is_admin

    return serve


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Disconnect
        part = message.get("body", b"")
        size += len(part)
        # A body over the limit is read to its end: clients read no answer while they send.
        if size <= MAX_BODY:
            parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts) if size <= MAX_BODY else b""


async def _answer(
    state: Simulator, scope: Scope, path: str, body: bytes, receive: Receive
) -> tuple[Reply, faults.Rule | None]:
    rule: faults.Rule | None = None
    try:
        operation, identifier = _route(scope["method"], path)
        state.operations[operation] += 1
        region = _region(scope["headers"])
        rule = faults.first_applicable(state.rules, _model_id(state, identifier), region, operation)
        if rule is not None:
            await _apply_fault(rule, receive)
        if operation in _RUNTIME:
            if state.latency_ms:
                await asyncio.sleep(state.latency_ms / 1000)
            reply = await _call_model(state, operation, identifier, region, body)
        else:
            query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
            reply = _control(state.catalogue, operation, identifier, region, query)
    except BedrockError as error:
        return refusal(error), None
    if rule is not None and rule.fault == "garbage":
        reply = replace(reply, body=_GARBAGE, frames=(_GARBAGE,) if reply.frames else ())
    if rule is not None and rule.fault == "wrong_content_type":
        page = b"<html><body>Sign in to continue</body></html>"
        reply = replace(reply, content_type="text/html", body=page, frames=())
    return reply, rule


def _route(method: str, path: str) -> tuple[str, str]:
    """Returns the operation and the model identifier. Raises BedrockError for other requests."""
    if path.startswith("/model/"):
        identifier, _, operation = path[7:].rpartition("/")
        if method == "POST" and identifier and operation in _RUNTIME:
            return operation, identifier
    else:
        head, _, identifier = path[1:].partition("/")
        operation = _CONTROL.get(head, "")
        if operation == "list-foundation-models" and identifier:
            operation = "get-foundation-model"
        needs_name = operation.startswith("get-")
        if method == "GET" and operation and needs_name == bool(identifier):
            return operation, identifier
    raise BedrockError("UnknownOperationException", f"There is no {method} {path}.")


def _region(headers: list[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == b"authorization":
            if result := _SCOPE.search(value.decode("latin-1")):
                return result.group(1)
            raise BedrockError(
                "IncompleteSignatureException",
                "The Authorization header has no credential scope for the service bedrock.",
            )
    raise BedrockError("MissingAuthenticationTokenException", "Missing Authentication Token")


def _model_id(state: Simulator, identifier: str) -> str:
    """Returns the bare model id, which fault rules match, of a model id, profile id or ARN."""
    name = identifier.rsplit("/", 1)[-1]
    return name if name in state.catalogue else name.partition(".")[2] or name


async def _apply_fault(rule: faults.Rule, receive: Receive) -> None:
    if rule.latency_ms:
        await asyncio.sleep(rule.latency_ms / 1000)
    if error := faults.error_of(rule):
        raise error
    if rule.fault == "hang":
        while (await receive())["type"] != "http.disconnect":
            pass
    if rule.fault in ("hang", "close"):
        raise _Disconnect


async def _call_model(
    state: Simulator, operation: str, identifier: str, region: str, body: bytes
) -> Reply:
    started = time.perf_counter()
    if operation == "count-tokens":
        model = count_tokens.counted_model(state.catalogue, identifier, region)
        return count_tokens.count(model, behaviour_of(model.id, region), body)
    model = resolve(state.catalogue, identifier, region)
    if not body:
        raise invalid(f"The request body must have from 1 to {MAX_BODY} bytes.")
    behaviour = behaviour_of(model.id, region)
    if behaviour.error:
        raise BedrockError(*behaviour.error)
    state.quotas.spend(behaviour, model.id, region, time.monotonic())

    def elapsed() -> float:
        return (time.perf_counter() - started) * 1000 + state.latency_ms

    def cached(payload: dict[str, Any]) -> dict[str, int]:
        return state.prompts.usage(model, region, payload, time.monotonic())

    if operation == "converse":
        result = converse.answer(model, behaviour, body, streamed=False, cached=cached)
        return converse.whole_reply(result, behaviour, elapsed())
    if operation == "converse-stream":
        result = converse.answer(model, behaviour, body, streamed=True, cached=cached)
        return converse.stream_reply(result, behaviour, elapsed())
    if operation == "invoke-with-response-stream":
        return invoke.invoke_stream(model, behaviour, body)
    if model.kind in _SLOW_KINDS:
        # Image generation takes long enough to block the event loop.
        reply = await asyncio.to_thread(invoke.invoke, model, behaviour, body)
    else:
        reply = invoke.invoke(model, behaviour, body)
    latency = ("x-amzn-bedrock-invocation-latency", str(max(1, round(elapsed()))))
    return replace(reply, headers=(*reply.headers, latency))


def _control(
    models: Catalogue, operation: str, identifier: str, region: str, query: Mapping[str, str]
) -> Reply:
    if operation == "list-foundation-models":
        return control.list_models(models, region, query)
    if operation == "list-inference-profiles":
        return control.list_profiles(models, region, query)
    if operation == "get-foundation-model":
        return control.get_model(models, region, identifier)
    return control.availability(models, region, identifier)


def _administer(state: Simulator, method: str, action: str, body: bytes) -> Reply:
    """Handles /_simulator/ requests: set and clear faults, reset, health, statistics."""
    if (method, action) == ("PUT", "faults"):
        try:
            state.rules = faults.read_rules(json.loads(body or b"null"))
        except (faults.BadRule, ValueError, RecursionError) as error:
            return Reply(400, encode({"message": f"No fault was set: {error}"}))
    elif (method, action) == ("DELETE", "faults"):
        state.rules = []
    elif (method, action) == ("POST", "reset"):
        state.reset()
    elif (method, action) == ("GET", "health"):
        return Reply(body=encode({"status": "ok", "models": len(state.catalogue)}))
    elif (method, action) == ("GET", "stats"):
        stats = {
            "operations": state.operations,
            "statuses": state.statuses,
            "inFlight": state.in_flight,
            "maxInFlight": state.max_in_flight,
        }
        return Reply(body=encode(stats))
    elif (method, action) != ("GET", "faults"):
        return Reply(404, encode({"message": f"There is no {method} {ADMIN_PREFIX}{action}."}))
    return Reply(body=encode([rule.as_json() for rule in state.rules]))


async def _send(reply: Reply, number: int, send: Send, *, cut: bool = False) -> None:
    """Sends an answer; with `cut`, only its first half."""
    headers = [
        (b"content-type", reply.content_type.encode()),
        (b"x-amzn-requestid", b"00000000-0000-4000-8000-%012d" % number),
        (b"x-homologa-simulated", b"true"),
        *((name.lower().encode(), value.encode()) for name, value in reply.headers),
    ]
    if reply.first_ms:
        await asyncio.sleep(reply.first_ms / 1000)
    if not reply.frames:
        headers.append((b"content-length", b"%d" % len(reply.body)))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        body = reply.body[: len(reply.body) // 2] if cut else reply.body
        await send({"type": "http.response.body", "body": body, "more_body": cut})
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    frames = reply.frames[: len(reply.frames) // 2] if cut else reply.frames
    for index, part in enumerate(frames):
        if index and reply.pace_ms:
            await asyncio.sleep(reply.pace_ms / 1000)
        await send({"type": "http.response.body", "body": part, "more_body": True})
    if not cut:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _hang_up(scope: Scope, receive: Receive) -> None:
    """Closes the connection and waits for the server to notice, so that it sends no error page."""
    transport = scope.get(TRANSPORT)
    if transport is not None:
        transport.close()
        await receive()
