"""Counts tokens: a token is up to four characters of a word, with the whitespace before them."""

from __future__ import annotations

import re

_PIECE = re.compile(r"\s*\S{1,4}|\s+$")
_CHARACTERS_PER_TOKEN = 4
_EXACT_UP_TO = 8_192


def pieces(text: str) -> list[str]:
    return _PIECE.findall(text)


def count(text: str) -> int:
    """Returns the number of tokens of a text, estimated by its length if it is long."""
    if len(text) > _EXACT_UP_TO:
        return len(text) // _CHARACTERS_PER_TOKEN
    return len(pieces(text))
