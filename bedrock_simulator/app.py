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
from .gateways import GATEWAYS
from .hostile import Hostile
from .prompt_cache import PromptCache
from .refusals import STREAM_REFUSALS, UNAVAILABLE, refusal_named
from .sending import Receive, Scope, Send, hang_up, send_reply, send_slowly, send_without_end
from .wire import BedrockError, Reply, encode, invalid, refusal

ADMIN_PREFIX = "/_simulator/"
# Bytes: Bedrock's limit for a request body.
MAX_BODY = 25_000_000
_SCOPE = re.compile(r"Credential=[^/\s]+/\d{8}/([a-z0-9-]+)/bedrock/aws4_request")
_AVAILABILITY = "get-foundation-model-availability"
_CONTROL = {
    "foundation-models": "list-foundation-models",
    "inference-profiles": "list-inference-profiles",
    "foundation-model-availability": _AVAILABILITY,
}
_LISTINGS = ("list-foundation-models", "list-inference-profiles", "get-foundation-model")
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
    hostile: Hostile | None = None
    quotas: Quotas = field(default_factory=Quotas)
    prompts: PromptCache = field(default_factory=PromptCache)
    operations: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    in_flight: int = 0
    max_in_flight: int = 0

    def rules_for(self, model: str, region: str, operation: str = "") -> list[faults.Rule]:
        """Returns the rules that were set, and the one that the hostile mode drew for the pair."""
        if self.hostile is None or operation in _LISTINGS:
            return self.rules
        return [*self.rules, *self.hostile.rules_for(model, region)]

    def reset(self) -> None:
        self.rules = []
        self.hostile = None
        self.quotas.reset()
        self.prompts.reset()
        self.operations.clear()
        self.statuses.clear()
        self.max_in_flight = self.in_flight


def app(
    catalogue: Catalogue, *, latency_ms: float = 0.0, hostile: int | None = None
) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Returns an ASGI application for a catalogue, with its own faults, counters and quotas;
    `hostile` is the seed of its hostile mode, if it begins in it."""
    state = Simulator(catalogue, latency_ms)
    state.hostile = None if hostile is None else Hostile(hostile)
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
                await send_reply(reply, number, send)
                return
            reply, rule = await _answer(state, scope, path, body, receive)
            state.statuses[reply.status] += 1
            match rule.fault if rule is not None else "":
                case "cut_stream":
                    await send_reply(reply, number, send, cut=True)
                    raise _Disconnect
                case "drip":
                    await send_slowly(reply, number, send, receive)
                    raise _Disconnect
                case "endless_stream":
                    await send_without_end(reply, number, send, receive)
                    raise _Disconnect
                case _:
                    await send_reply(reply, number, send)
        except _Disconnect:
            await hang_up(scope, receive)
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
        model = _model_id(state, identifier)
        rules = state.rules_for(model, region, operation)
        if operation == _AVAILABILITY:
            # It tells what an account lacks, instead of refusing.
            rules = [each for each in rules if each.fault not in UNAVAILABLE]
        rule = faults.first_applicable(
            rules, faults.Asked(model, region, operation, identifier, body)
        )
        page = rule and await _apply_fault(rule, model, region, operation, receive)
        if page:
            return page, rule
        if operation in _RUNTIME:
            if state.latency_ms:
                await asyncio.sleep(state.latency_ms / 1000)
            fault = rule.fault if rule is not None else ""
            reply = await _call_model(state, operation, identifier, region, body, fault)
        else:
            query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
            reply = _control(state, operation, identifier, region, query)
    except BedrockError as error:
        return refusal(error), None
    return reply if rule is None else _spoiled(reply, rule.fault), rule


def _spoiled(reply: Reply, fault: str) -> Reply:
    """Returns an answer whose bytes a fault has changed on their way."""
    if fault == "garbage":
        return replace(reply, body=_GARBAGE, frames=(_GARBAGE,) if reply.frames else ())
    if fault == "wrong_content_type":
        page = b"<html><body>Sign in to continue</body></html>"
        return replace(reply, content_type="text/html", body=page, frames=())
    if fault in STREAM_REFUSALS and reply.frames:
        return converse.broken_stream(reply, fault)
    return reply


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


async def _apply_fault(
    rule: faults.Rule, model: str, region: str, operation: str, receive: Receive
) -> Reply | None:
    """Returns what a gateway answers in the service's place, or None if the request goes on.

    Raises BedrockError for a refusal, _Disconnect for a closed connection.
    """
    if rule.latency_ms:
        await asyncio.sleep(rule.latency_ms / 1000)
    if error := refusal_named(rule.fault, model, region, operation):
        raise error
    if rule.fault == "hang":
        while (await receive())["type"] != "http.disconnect":
            pass
    if rule.fault in ("hang", "close"):
        raise _Disconnect
    return GATEWAYS.get(rule.fault)


async def _call_model(
    state: Simulator, operation: str, identifier: str, region: str, body: bytes, fault: str
) -> Reply:
    started = time.perf_counter()
    if operation == "count-tokens":
        model = count_tokens.counted_model(state.catalogue, identifier, region)
        behaviour = faults.with_fault(behaviour_of(model.id, region), fault)
        return count_tokens.count(model, behaviour, body)
    model = resolve(state.catalogue, identifier, region)
    if not body:
        raise invalid(f"The request body must have from 1 to {MAX_BODY} bytes.")
    behaviour = faults.with_fault(behaviour_of(model.id, region), fault)
    if error := refusal_named(behaviour.refusal, model.id, region, operation):
        raise error
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
    state: Simulator, operation: str, identifier: str, region: str, query: Mapping[str, str]
) -> Reply:
    models = state.catalogue
    if operation == "list-foundation-models":
        return control.list_models(models, region, query)
    if operation == "list-inference-profiles":
        return control.list_profiles(models, region, query)
    if operation == "get-foundation-model":
        return control.get_model(models, region, identifier)
    rules = state.rules_for(identifier, region)
    refusal = faults.account_refusal(rules, identifier, region)
    return control.availability(models, region, identifier, refusal)


def _administer(state: Simulator, method: str, action: str, body: bytes) -> Reply:
    """Handles /_simulator/ requests: set and clear faults, reset, health, statistics."""
    if (method, action) == ("PUT", "faults"):
        try:
            state.rules = faults.read_rules(json.loads(body or b"null"))
        except (faults.BadRule, ValueError, RecursionError) as error:
            return Reply(400, encode({"message": f"No fault was set: {error}"}))
    elif (method, action) == ("DELETE", "faults"):
        state.rules = []
    elif (method, action) == ("PUT", "hostile"):
        seed = _seed_in(body)
        if seed is None:
            return Reply(400, encode({"message": 'The body must be {"seed": a whole number}.'}))
        state.hostile = Hostile(seed)
        return Reply(body=encode(state.hostile.as_json()))
    elif (method, action) == ("GET", "hostile"):
        return Reply(body=encode(state.hostile and state.hostile.as_json()))
    elif (method, action) == ("DELETE", "hostile"):
        state.hostile = None
        return Reply(body=encode(None))
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


def _seed_in(body: bytes) -> int | None:
    try:
        seed = json.loads(body)["seed"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return seed if isinstance(seed, int) and not isinstance(seed, bool) else None
