"""Texts for users: in English here, translated where they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# Longer than any message of Bedrock and any traceback of the engine.
MAX_CHARACTERS: Final = 8_000


def gettext_noop(text: str) -> str:
    """Marks a text for the translation catalogue; returns it unchanged."""
    return text


def storable(text: str) -> str:
    """Replaces NULs and lone surrogates, which models send and databases refuse."""
    return text.replace("\x00", "�").encode("utf-8", "replace").decode()


def shortened(text: str) -> str:
    """Returns `text`, storable and cut to MAX_CHARACTERS, with the number of characters cut."""
    rest = len(text) - MAX_CHARACTERS
    return f"{storable(text[:MAX_CHARACTERS])}… (+{rest})" if rest > 0 else storable(text)


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
            key: shortened(value) if isinstance(value, str) else value
            for key, value in params.items()
        },
    )
