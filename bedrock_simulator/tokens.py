"""What counts as a token: at most four characters of a word, with the space before them."""

from __future__ import annotations

import re

_PIECE = re.compile(r"\s*\S{1,4}|\s+$")
_CHARACTERS_PER_TOKEN = 4
_EXACT_UP_TO = 8_192


def pieces(text: str) -> list[str]:
    return _PIECE.findall(text)


def count(text: str) -> int:
    """Tokens of a text; estimated by length for long ones, so that a book costs no time."""
    if len(text) > _EXACT_UP_TO:
        return len(text) // _CHARACTERS_PER_TOKEN
    return len(pieces(text))
