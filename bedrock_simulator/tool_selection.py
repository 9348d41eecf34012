"""Selects tools by the words of a prompt, fills in their arguments, and describes their results."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .request import Tool
from .text_similarity import words

_NAME_WEIGHT = 3
_PROPER = re.compile(
    # Capitalized words except at the start of a sentence, joined as in São José dos Campos.
    r"(?<![.!?:\n] )(?<!^)(?<!\n)\b"
    r"([A-ZÀ-Ý][\wÀ-ÿ'-]*(?: (?:(?:d[aeo]s?|of|the) )?[A-ZÀ-Ý][\wÀ-ÿ'-]*)*)"
)
_CODE = re.compile(r"\b[A-Z]{3}\b")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: dict[str, Any]


def select_calls(
    tools: Sequence[Tool], text: str, *, forced: bool, quirks: frozenset[str]
) -> list[ToolCall]:
    """Returns the tool calls for a prompt: none, one, or one per name in the prompt.

    A tool is selected if its name or description shares words with the prompt.
    """
    if not tools or not text:
        return []
    request_words = words(text)
    scores = [
        _NAME_WEIGHT * len(request_words & words(tool.name.replace("_", " ")))
        + len(request_words & words(tool.description))
        for tool in tools
    ]
    best = max(scores)
    if not forced and best < _NAME_WEIGHT:
        return []
    chosen = [
        tool
        for tool, score in zip(tools, scores, strict=True)
        if score >= max(best, _NAME_WEIGHT)
        or (score >= _NAME_WEIGHT and request_words & words(tool.name.replace("_", " ")))
    ] or [tools[0]]
    if "wrong_tool" in quirks and len(tools) > 1:
        chosen = [next(tool for tool in reversed(tools) if tool is not chosen[0])]
    calls = [
        ToolCall(tool.name, arguments)
        for tool in chosen
        for arguments in _arguments(tool.schema, text)
    ]
    if "omits_argument" in quirks:
        return [ToolCall(call.name, dict(list(call.arguments.items())[1:])) for call in calls]
    return calls


def _arguments(schema: Mapping[str, Any], text: str) -> Iterator[dict[str, Any]]:
    # A property's schema may also be true or false, which says nothing about its type.
    properties = {
        key: part if isinstance(part, dict) else {}
        for key, part in schema.get("properties", {}).items()
    }
    free = [key for key, part in properties.items() if _free_text(part)]
    names = list(dict.fromkeys(_PROPER.findall(text)))
    if len(free) == 1 and len(names) > 1 and _NUMBER.search(text) is None:
        for name in names:
            yield _fill(properties, text, [name])
        return
    codes = _CODE.findall(text)
    yield _fill(properties, text, codes if len(codes) >= len(free) > 1 else names)


def _free_text(part: Mapping[str, Any]) -> bool:
    return part.get("type") == "string" and not part.get("enum")


def _fill(properties: Mapping[str, Any], text: str, names: Sequence[str]) -> dict[str, Any]:
    left, numbers = list(names), [float(found) for found in _NUMBER.findall(text)]
    lowered, filled = text.lower(), {}
    for key, part in properties.items():
        kind = part.get("type")
        if part.get("enum"):
            filled[key] = next(
                (value for value in part["enum"] if str(value).lower() in lowered), part["enum"][0]
            )
        elif kind in ("number", "integer"):
            value = numbers.pop(0) if numbers else 0.0
            filled[key] = int(value) if kind == "integer" or value.is_integer() else value
        elif kind == "boolean":
            filled[key] = True
        elif kind == "array":
            filled[key] = left
        else:
            filled[key] = left.pop(0) if left else text.strip()
    return filled


def describe_results(results: Sequence[Any]) -> str:
    """Returns a sentence with every value in the tool results."""
    described = "; ".join(", ".join(_values(result)) for result in results)
    return f"According to the tool: {described}."


def _values(result: Any, name: str = "") -> Iterator[str]:
    if isinstance(result, Mapping):
        for key, value in result.items():
            yield from _values(value, str(key))
    elif isinstance(result, list):
        for value in result:
            yield from _values(value, name)
    else:
        yield f"{name.replace('_', ' ')} {result}".strip()
