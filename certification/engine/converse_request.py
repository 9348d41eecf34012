"""Builds the body of a Converse or ConverseStream request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .transport import Json


def build(
    model_id: str,
    messages: Sequence[Json] | str,
    max_tokens: int,
    *,
    system: str | None = None,
    tools: Sequence[Json] = (),
    choice: Json | None = None,
    stop: Sequence[str] = (),
    schema: Mapping[str, Any] | None = None,
    more: Json | None = None,
) -> Json:
    """Builds a Converse request with only the fields that the check needs: models refuse
    sampling parameters that they do not have."""
    inference: Json = {"maxTokens": max_tokens}
    if stop:
        inference["stopSequences"] = list(stop)
    request: Json = {
        "modelId": model_id,
        "messages": turns(messages),
        "inferenceConfig": inference,
    }
    if system is not None:
        request["system"] = [{"text": system}]
    if tools:
        request["toolConfig"] = {"tools": list(tools)}
        if choice is not None:
            request["toolConfig"]["toolChoice"] = choice
    if schema is not None:
        request["outputConfig"] = {"textFormat": {"type": "json_schema", "structure": schema}}
    if more is not None:
        request["additionalModelRequestFields"] = more
    return request


def turns(messages: Sequence[Json] | str) -> list[Json]:
    if isinstance(messages, str):
        return [{"role": "user", "content": [{"text": messages}]}]
    return list(messages)
