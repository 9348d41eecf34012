"""Texts that people read: English here, translated where they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# Characters: longer than any message of Bedrock's, and than a traceback of ours.
LONGEST: Final = 8_000


def gettext_noop(text: str) -> str:
    """Marks a text for the translation catalogue; the engine itself speaks English."""
    return text


def legible(text: str) -> str:
    """`text` without NULs and halves of surrogate pairs, which models send and databases refuse."""
    return text.replace("\x00", "�").encode("utf-8", "replace").decode()


def shortened(text: str) -> str:
    """`text`, legible, and with the number of characters that it was cut by, if it was."""
    rest = len(text) - LONGEST
    return f"{legible(text[:LONGEST])}… (+{rest})" if rest > 0 else legible(text)


@dataclass(frozen=True)
class Message:
    """A sentence with named places: `text % params`. Kept apart so that a face can translate it."""

    text: str
    params: Mapping[str, str | int | float] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.params if self.params else self.text


def message(text: str, /, **params: str | int | float) -> Message:
    return Message(
        text,
        {
            key: shortened(given) if isinstance(given, str) else given
            for key, given in params.items()
        },
    )
