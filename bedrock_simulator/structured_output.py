"""Extracts the facts of an order from a sentence, and builds JSON that fits a schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_ORDER = re.compile(
    r"Order:\s*(?P<who>[^\n]+?) (?:bought|ordered|purchased) (?P<what>[^\n]+?)"
    r"(?:,? (?:and|but) (?P<state>(?:has|have) [^.\n]+))?(?:\.|$)",
    re.I | re.M,
)
_ITEM = re.compile(r"(\d+) ([^\d,]+?)(?=,|\s+and\b|$)")
_NO = re.compile(r"\b(?:not|never|yet to)\b|n't")
_DEFAULTS: Mapping[str, Any] = {"integer": 1, "number": 1, "boolean": True, "null": None}


def order_in(text: str) -> dict[str, Any] | None:
    """Returns `{"customer", "items": [{"name", "quantity"}], "paid"}`, or None without an order."""
    found = _ORDER.search(text)
    if not found:
        return None
    state = text[found.start("what") :].lower()
    return {
        "customer": found["who"].strip(),
        "items": [
            {"name": name.strip(), "quantity": int(count)}
            for count, name in _ITEM.findall(found["what"])
        ],
        "paid": "paid" in state and not _NO.search(state),
    }


def fill_schema(schema: Any, known: Any, name: str = "value") -> Any:
    """Returns a value that fits a JSON Schema, filled with `known` where the types match."""
    if not isinstance(schema, Mapping):
        return known
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0] if kind else None
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return known if known in schema["enum"] else schema["enum"][0]
    if kind == "object" or "properties" in schema:
        facts = known if isinstance(known, Mapping) else {}
        return {
            key: fill_schema(part, facts.get(key), key)
            for key, part in schema.get("properties", {}).items()
        }
    if kind == "array":
        items = known if isinstance(known, list) and known else [None]
        return [fill_schema(schema.get("items", {}), item, name) for item in items]
    if kind == "string":
        return known if isinstance(known, str) else name
    default = _DEFAULTS.get(str(kind), name)
    return known if known is not None and isinstance(known, type(default)) else default
