"""Texts for users: in English here, translated where they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# Longer than any message of Bedrock and any traceback of the engine.
MAX_CHARACTERS: Final = 8_000
# Of each value in a sentence.
MAX_VALUE: Final = 1_000


def gettext_noop(text: str) -> str:
    """Marks a text for the translation catalogue; returns it unchanged."""
    return text


def storable(text: str) -> str:
    """Replaces NULs and lone surrogates, which models send and databases refuse."""
    return text.replace("\x00", "�").encode("utf-8", "replace").decode()


def shortened(text: str, length: int | None = None, limit: int = MAX_CHARACTERS) -> str:
    """Returns `text`, storable and cut to `limit`, with the number of characters cut; `length` is
    that of the whole text, if `text` is only its beginning."""
    rest = (len(text) if length is None else length) - limit
    return f"{storable(text[:limit])}… (+{rest})" if rest > 0 else storable(text)


@dataclass(frozen=True)
class Message:
    """A sentence with named placeholders: `text % params`, kept apart to be translated."""

    text: str
    params: Mapping[str, str | int | float] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.params if self.params else self.text


def message(text: str, /, **params: str | int | float) -> Message:
    return Message(
        text,
        {
            key: shortened(value, limit=MAX_VALUE) if isinstance(value, str) else value
            for key, value in params.items()
        },
    )
