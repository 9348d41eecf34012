"""Texts that people read: English here, translated where they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def gettext_noop(text: str) -> str:
    """Marks a text for the translation catalogue; the engine itself speaks English."""
    return text


def legible(text: str) -> str:
    """`text` without NULs and halves of surrogate pairs, which models send and databases refuse."""
    return text.replace("\x00", "�").encode("utf-8", "replace").decode()


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
        {key: legible(given) if isinstance(given, str) else given for key, given in params.items()},
    )
