"""Parses and validates Converse requests, with AWS's own error messages."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from jsonschema import Draft202012Validator

from . import tokens
from .behaviours import Behaviour
from .catalogue import Model
from .documents import text_of
from .hearing import digits_in
from .video import first_picture
from .wire import BedrockError, invalid

_NO_SAMPLING = re.compile(r"^anthropic\.claude-(opus-4-[78]|opus-5|sonnet-5|fable)")
_ONE_SAMPLING = re.compile(r"^anthropic\.claude-(opus|sonnet|haiku)-4-[156]")
# Of all simulated thoughts.
SIGNATURE = "c2ltdWxhdGVkLXJlYXNvbmluZw=="
# Features of a request that a behaviour or a fault may refuse.
REFUSABLE = ("system", "tools", "tools-streamed", "images", "documents", "schema", "stop", "cache")
_DEFAULT_MAX_TOKENS = 4096
_TOKENS_PER_IMAGE = 400
_TOKENS_PER_TOOL = 60


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `images` are its pictures and the first ones of its videos, `documents` their
    texts, `results` the contents of its tool results as plain values, `recordings` the digits that
    are spoken in its recordings."""

    role: str
    text: str
    images: tuple[bytes, ...] = ()
    documents: tuple[str, ...] = ()
    results: tuple[Any, ...] = ()
    recordings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    description: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ConverseRequest:
    """A Converse request, reduced to what a simulated model reads."""

    turns: tuple[Turn, ...]
    system: str = ""
    tools: tuple[Tool, ...] = ()
    tool_forced: bool = False
    schema: dict[str, Any] | None = None
    stops: tuple[str, ...] = ()
    max_tokens: int = _DEFAULT_MAX_TOKENS
    input_tokens: int = 0


def decode(body: bytes) -> dict[str, Any]:
    """Parses a body as a JSON object. Raises BedrockError (SerializationException)."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BedrockError("SerializationException", "The request body is not JSON.") from error
    if not isinstance(payload, dict):
        raise BedrockError("SerializationException", "The request body is not a JSON object.")
    return payload


def read(model: Model, behaviour: Behaviour, body: bytes, *, streamed: bool) -> ConverseRequest:
    """Parses and validates a request. Raises BedrockError for what AWS would refuse."""
    if model.kind != "TEXT":
        raise invalid(
            "This action doesn't support the model that you provided. Try again with a supported "
            "text or chat model."
        )
    payload = decode(body)
    try:
        request = _parse(model, payload)
        _check(model, behaviour, payload, streamed=streamed)
    except (AttributeError, KeyError, TypeError) as error:
        # Only without an AWS SDK: an SDK validates the shape before it sends.
        raise BedrockError(
            "SerializationException", "The request does not have the shape that the API declares."
        ) from error
    if model.context_window and request.input_tokens > model.context_window:
        raise invalid("Input is too long for requested model.")
    return request


def _parse(model: Model, payload: dict[str, Any]) -> ConverseRequest:
    turns = tuple(_turn(message, number) for number, message in enumerate(payload["messages"]))
    _check_conversation(turns)
    system = "\n".join(_text(block.get("text", "")) for block in payload.get("system") or ())
    inference = payload.get("inferenceConfig") or {}
    limit = model.max_output_tokens
    max_tokens = inference.get("maxTokens") or min(limit or _DEFAULT_MAX_TOKENS, 65_536)
    if not isinstance(max_tokens, int) or max_tokens < 1:
        raise invalid("The value at inferenceConfig.maxTokens must be at least 1.")
    if limit and max_tokens > limit:
        raise invalid(
            f"The maximum tokens you requested exceeds the model limit of {limit}. Try again with "
            f"a maximum tokens value that is lower than {limit}."
        )
    config = payload.get("toolConfig") or {}
    choice = config.get("toolChoice") or {}
    tools = tuple(
        _tool(entry["toolSpec"]) for entry in config.get("tools", ()) if "toolSpec" in entry
    )
    if "tool" in choice:
        tools = tuple(tool for tool in tools if tool.name == choice["tool"]["name"])
    text_tokens = sum(
        tokens.count(turn.text) + _TOKENS_PER_IMAGE * len(turn.images) for turn in turns
    )
    return ConverseRequest(
        turns=turns,
        system=system,
        tools=tools,
        tool_forced="any" in choice or "tool" in choice,
        schema=_schema(payload.get("outputConfig") or {}),
        stops=tuple(_text(stop) for stop in inference.get("stopSequences") or ()),
        max_tokens=max_tokens,
        input_tokens=text_tokens + tokens.count(system) + _TOKENS_PER_TOOL * len(tools),
    )


def _turn(message: dict[str, Any], number: int) -> Turn:
    texts: list[str] = []
    images: list[bytes] = []
    documents: list[str] = []
    recordings: list[str] = []
    results: list[Any] = []
    for place, block in enumerate(message["content"]):
        if "text" in block:
            if not block["text"].strip():
                raise invalid(
                    f"The text field in the ContentBlock object at messages.{number}.content."
                    f"{place} is blank. Add text to the text field, and try again."
                )
            texts.append(_text(block["text"]))
        elif "image" in block:
            images.append(_bytes(block["image"]["source"]))
        elif "document" in block:
            content = _bytes(block["document"]["source"])
            documents.append(text_of(block["document"].get("format", "txt"), content))
        elif "video" in block:
            images.append(first_picture(_bytes(block["video"]["source"])))
        elif "audio" in block:
            recordings.append(digits_in(_bytes(block["audio"]["source"])))
        elif "reasoningContent" in block:
            _check_signature(block["reasoningContent"], f"messages.{number}.content.{place}")
        elif "toolResult" in block:
            for part in block["toolResult"]["content"]:
                results.append(part["json"] if "json" in part else part.get("text", ""))
    if documents and not texts:
        raise invalid("A text block is required when using documents. Add one, and try again.")
    return Turn(
        _text(message["role"]),
        "\n".join(texts),
        tuple(images),
        tuple(documents),
        tuple(results),
        tuple(recordings),
    )


def _check_signature(thought: dict[str, Any], place: str) -> None:
    if thought.get("reasoningText", {}).get("signature", SIGNATURE) != SIGNATURE:
        raise invalid(f"{place}: Invalid `signature` in `thinking` block")


def _bytes(source: dict[str, Any]) -> bytes:
    if "text" in source:
        return str(source["text"]).encode()
    try:
        return base64.b64decode(source.get("bytes", ""), validate=True)
    except binascii.Error as error:
        raise BedrockError("SerializationException", "A blob is not valid base64.") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value


def _tool(spec: dict[str, Any]) -> Tool:
    schema = spec["inputSchema"]["json"]
    if not _is_schema(json.dumps(schema)):
        raise invalid("The value at toolSpec.inputSchema.json is not a JSON Schema object.")
    return Tool(_text(spec["name"]), _text(spec.get("description", "")), schema)


@lru_cache(maxsize=256)
def _is_schema(text: str) -> bool:
    schema = json.loads(text)
    return isinstance(schema, dict) and Draft202012Validator(
        Draft202012Validator.META_SCHEMA
    ).is_valid(schema)


def _schema(output: dict[str, Any]) -> dict[str, Any] | None:
    text = output.get("textFormat", {}).get("structure", {}).get("jsonSchema", {}).get("schema")
    if text is None:
        return None
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise invalid("The jsonSchema.schema field is not valid JSON.") from error
    if not _is_schema(text):
        raise invalid("The jsonSchema.schema field must be a JSON Schema object.")
    return dict(schema)


def _check_conversation(turns: tuple[Turn, ...]) -> None:
    roles = [turn.role for turn in turns if turn.role != "system"]
    if not roles or roles[0] != "user":
        raise invalid(
            "A conversation must start with a user message. Try again with a conversation that "
            "starts with a user message."
        )
    if any(one == other for one, other in pairwise(roles)):
        raise invalid(
            "A conversation must alternate between user and assistant roles. Make sure the "
            "conversation alternates between user and assistant roles and try again."
        )


def _check(model: Model, behaviour: Behaviour, payload: dict[str, Any], *, streamed: bool) -> None:
    sent = {key for message in payload["messages"] for block in message["content"] for key in block}
    inference = payload.get("inferenceConfig") or {}
    config = payload.get("toolConfig") or {}
    if streamed and model.capabilities.get("streaming") is False:
        raise invalid("The model is unsupported for streaming")
    if payload.get("system") and (
        "system" in behaviour.refuses or model.capabilities.get("system_prompt") is False
    ):
        raise invalid(
            "This model doesn't support system messages. Try again without a system message or "
            "use a model that supports system messages."
        )
    if config and ("tools" in behaviour.refuses or not model.can("tools")):
        raise invalid("This model doesn't support tool use.")
    if config and streamed and "tools-streamed" in behaviour.refuses:
        raise invalid("This model doesn't support tool use in streaming mode.")
    for choice in ("any", "tool"):
        if choice in (config.get("toolChoice") or {}) and not model.can("tool_choice"):
            raise _unsupported_field(f"toolConfig.toolChoice.{choice}")
    strict = any((tool.get("toolSpec") or {}).get("strict") for tool in config.get("tools", ()))
    if strict and not model.can("strict_tools"):
        raise invalid(
            "The model returned the following errors: tools.0.custom.strict: Extra inputs are not "
            "permitted"
        )
    if "toolResult" in sent or "toolUse" in sent:
        if not config:
            raise invalid(
                "The toolConfig field must be defined when using toolUse and toolResult content "
                "blocks."
            )
        _check_results(payload["messages"])
    if "image" in sent and ("images" in behaviour.refuses or not model.can("image_input")):
        raise _unsupported_field("image")
    if "document" in sent and ("documents" in behaviour.refuses or not model.can("document_input")):
        raise invalid("This model doesn't support documents.")
    for modality in ("video", "audio"):
        if modality in sent and not model.can(f"{modality}_input"):
            raise _unsupported_field(modality)
    if payload.get("outputConfig") and (
        "schema" in behaviour.refuses or model.capabilities.get("json_schema") is False
    ):
        raise invalid(
            "The model returned the following errors: output_config.format: Extra inputs are not "
            "permitted"
        )
    if "cache" in behaviour.refuses and "cachePoint" in _kinds_of_blocks(payload):
        raise BedrockError(
            "AccessDeniedException",
            "You invoked an unsupported model or your request did not allow prompt caching. See "
            "the documentation for more information.",
        )
    if inference.get("stopSequences") and "stop" in behaviour.refuses:
        raise _unsupported_field("stopSequences")
    if _NO_SAMPLING.match(model.id):
        for name in ("temperature", "topP"):
            if name in inference:
                raise invalid(f"The {name} parameter is not supported for this model.")
    if _ONE_SAMPLING.match(model.id) and {"temperature", "topP"} <= inference.keys():
        raise invalid(
            "`temperature` and `top_p` cannot both be specified for this model. Use only one."
        )


def _kinds_of_blocks(payload: dict[str, Any]) -> set[str]:
    blocks = [
        *(payload.get("toolConfig") or {}).get("tools", ()),
        *(payload.get("system") or ()),
        *(block for message in payload["messages"] for block in message["content"]),
    ]
    return {kind for block in blocks for kind in block}


def _unsupported_field(name: str) -> BedrockError:
    return invalid(f"This model doesn't support the {name} field. Remove {name} and try again.")


def _check_results(messages: list[dict[str, Any]]) -> None:
    for number, (previous, current) in enumerate(pairwise(messages), start=1):
        expected = {
            block["toolUse"]["toolUseId"] for block in previous["content"] if "toolUse" in block
        }
        received = {
            block["toolResult"]["toolUseId"]
            for block in current["content"]
            if "toolResult" in block
        }
        if missing := sorted(expected - received):
            raise invalid(
                f"Expected toolResult blocks at messages.{number}.content for the following Ids: "
                f"{', '.join(missing)}"
            )
        if received - expected:
            raise invalid(
                f"The number of toolResult blocks at messages.{number}.content exceeds the number "
                "of toolUse blocks of previous turn."
            )
