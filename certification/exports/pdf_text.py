"""Texts in a PDF, in the fonts that have their characters.

Every PDF viewer has Helvetica, for the languages of Western Europe. The fonts in `fonts/` are
embedded, with only the characters that a file uses: DejaVu Sans (Latin, Greek, Cyrillic …) and
Droid Sans Fallback (Chinese, Japanese, Korean). A character of neither is shown as `[U+1F389]`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from . import right_to_left

PLAIN: Final = "Helvetica"
BOLD: Final = "Helvetica-Bold"
EMBEDDED: Final = ("DejaVuSans", "DroidSansFallback")
FONTS: Final = Path(__file__).parent / "fonts"
# Chinese and Japanese are written without spaces: a line may end after each character.
WORDS: Final = re.compile("[\u2e80-\U0003ffff] *|[^ \u2e80-\U0003ffff]+ *")

_loading = Lock()


def legible(text: str) -> str:
    """Returns what to draw: white space as spaces, and what no font has as its code point."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_drawn, unicodedata.normalize("NFC", text)))


def width(text: str, font: str, size: float) -> float:
    """Returns the width of a legible text in points."""
    widths = (pdfmetrics.stringWidth(part, name, size) for name, part in _runs(text, font))
    return float(sum(widths))


def draw(canvas: Any, x: float, y: float, text: str, font: str, size: float) -> None:
    """Draws a legible text in one line."""
    line = canvas.beginText(x, y)
    for name, part in _runs(right_to_left.drawn(text), font):
        line.setFont(name, size)
        line.textOut(part)
    canvas.drawText(line)


def wrapped(text: str, font: str, size: float, limit: float) -> list[str]:
    """Breaks a legible text into lines of at most `limit` points."""
    lines: list[str] = []
    line, used = "", 0.0
    for word, advance in _words(text, font, size, limit):
        if line and used + width(word.rstrip(), font, size) > limit:
            lines.append(line.rstrip())
            line, used = "", 0.0
        line, used = line + word, used + advance
    return [*lines, line.rstrip()] if line else lines


def shortened(text: str, font: str, size: float, limit: float) -> str:
    """Cuts a legible text off with dots so that it takes at most `limit` points."""
    # Hardly a character is narrower than a point.
    kept = text[: int(limit)]
    if kept == text and width(text, font, size) <= limit:
        return text
    while kept and width(f"{kept}…", font, size) > limit:
        kept = kept[:-1]
    return f"{kept}…"


def _words(text: str, font: str, size: float, limit: float) -> Iterator[tuple[str, float]]:
    """Yields the words with their widths; those that are wider than a line, by characters."""
    for word in WORDS.findall(text):
        advance = width(word, font, size)
        if advance <= limit:
            yield word, advance
        else:
            yield from ((sign, width(sign, font, size)) for sign in word)


def _drawn(sign: str) -> str:
    if sign.isspace():
        return " "
    if sign.isprintable() and (_is_western(sign) or _embedded_font(sign)):
        return sign
    return f"[U+{ord(sign):04X}]"


def _runs(text: str, font: str) -> list[tuple[str, str]]:
    """Splits a legible text into parts, each with the name of its font."""
    if _is_western(text):
        return [(font, text)]
    named = ((_embedded_font(sign) or font, sign) for sign in text)
    return [
        (name, "".join(sign for _, sign in run))
        for name, run in groupby(named, key=lambda pair: pair[0])
    ]


def _is_western(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _embedded_font(sign: str) -> str | None:
    # ReportLab gives a viewer wrong code points for those beyond the first 65,536.
    if sign > "\uffff":
        return None
    return next((name for name in EMBEDDED if ord(sign) in _glyphs(name)), None)


def _glyphs(name: str) -> dict[int, int]:
    # Registered twice, a font would lose the characters that a file already uses.
    with _loading:
        return _load(name)


@cache
def _load(name: str) -> dict[int, int]:
    font = TTFont(name, FONTS / f"{name}.ttf")
    pdfmetrics.registerFont(font)
    glyphs: dict[int, int] = font.face.charToGlyph
    return glyphs
