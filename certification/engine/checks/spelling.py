"""Recognizes right answers in any spelling, so that typography does not fail a model."""

from __future__ import annotations

import re
from typing import Final

SEPARATOR: Final = "[.,'’ \u00a0\u2009\u202f]?"
FENCE: Final = re.compile(r"\A\s*```[\w+-]*[ \t]*\r?\n(.*?)\r?\n?[ \t]*```\s*\Z", re.DOTALL)
DASHES: Final = re.compile("[‐‑‒–—−]")
UNITS: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def tells_number(text: str, number: int) -> bool:
    """Returns whether `text` holds `number` (0 or more) as a whole number, not as part of another.

    Accepts thousands separators (`7,509`), zero decimals (`23.0`), and below a hundred English
    words.
    """
    digits = SEPARATOR.join(f"{number:_}".split("_"))
    alone = rf"(?<![-−\d])(?<!\d[.,]){digits}(?:[.,]0+)?(?![.,]?\d)"
    if re.search(alone, text):
        return True
    return number < 100 and re.search(rf"\b{_in_words(number)}\b", text.lower()) is not None


def _in_words(number: int) -> str:
    if number < len(UNITS):
        return UNITS[number]
    tens, unit = divmod(number, 10)
    if unit:
        return rf"{TENS[tens - 2]}[- ]{UNITS[unit]}"
    # "twenty" must not match in "twenty-three".
    return rf"{TENS[tens - 2]}(?![- ](?:{'|'.join(UNITS[1:10])})\b)"


def tells_code(text: str, code: str) -> bool:
    """Returns whether `text` holds `code`, in any case and with any Unicode dash, and not as the
    beginning of a longer code."""
    return re.search(rf"{re.escape(_plain(code))}(?!\d)", _plain(text)) is not None


def unfenced(text: str) -> str:
    """Returns `text` without the code fence that encloses all of it, if there is one."""
    return FENCE.sub(r"\1", text)


def _plain(text: str) -> str:
    return DASHES.sub("-", text).casefold()
