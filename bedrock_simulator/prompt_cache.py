"""The prompt cache: what stands before the last cachePoint of a request, for five minutes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from . import tokens
from .catalogue import Model

_LIFETIME_S = 300.0
_MOST_ENTRIES = 10_000
# The least tokens that are cached, by the beginning of the model's id.
_MINIMUM = (
    ("anthropic.claude-opus-4-5", 4_096),
    ("anthropic.claude-opus-4-6", 4_096),
    ("anthropic.claude-haiku-4-5", 4_096),
    ("anthropic.claude-opus-4-7", 2_048),
    ("anthropic.claude-sonnet-4-6", 2_048),
    ("", 1_024),
)


@dataclass(slots=True)
class PromptCache:
    # (model, region, hash of the prefix) -> when it ends, in monotonic seconds.
    _ends: dict[tuple[str, str, str], float] = field(default_factory=dict)

    def usage(
        self, model: Model, region: str, payload: dict[str, Any], now: float
    ) -> dict[str, int]:
        """Returns the cached tokens that a request reads or writes; {} if none are cached."""
        prefix = _prefix(payload)
        if not prefix or not model.can("prompt_caching"):
            return {}
        count = tokens.count(prefix)
        if count < next(least for start, least in _MINIMUM if model.id.startswith(start)):
            return {}
        if len(self._ends) > _MOST_ENTRIES:
            self._ends.clear()
        key = (model.id, region, hashlib.sha256(prefix.encode()).hexdigest())
        is_there = self._ends.get(key, 0.0) > now
        self._ends[key] = now + _LIFETIME_S
        read, written = (count, 0) if is_there else (0, count)
        return {"cacheReadInputTokens": read, "cacheWriteInputTokens": written}

    def reset(self) -> None:
        self._ends.clear()


def _prefix(payload: dict[str, Any]) -> str:
    """Returns what stands before the last cachePoint: tools, then system, then messages."""
    blocks = [
        *(payload.get("toolConfig") or {}).get("tools", ()),
        *(payload.get("system") or ()),
        *(block for turn in payload["messages"] for block in turn["content"]),
    ]
    last = max((n for n, block in enumerate(blocks) if "cachePoint" in block), default=0)
    return "\n".join(
        str(block["text"]) if "text" in block else json.dumps(block, sort_keys=True)
        for block in blocks[:last]
        if "cachePoint" not in block
    )
