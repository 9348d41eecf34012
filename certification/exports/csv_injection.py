"""Keeps spreadsheets from running a cell of a CSV file as a formula (CSV injection, OWASP).

An apostrophe before a formula makes it a text. It is put not only at the start of a cell: a
spreadsheet whose language separates cells at semicolons ignores our quotes, and starts a new cell
within ours. Removing the first of the apostrophes at each of these positions restores the text.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Spreadsheets in some languages read full-width and other variants of these as the plain ones.
FORMULA_SIGNS: Final = "".join(
    sign
    for sign in map(chr, range(0x10000))
    if sign == "\N{MINUS SIGN}" or unicodedata.normalize("NFKC", sign)[0] in "=+-@"
)
# Where a reader that separates at other characters than the comma starts a cell.
SEPARATORS: Final = ";|\\t\\v\\f\\r\\n\\x1c-\\x1e\\x85\\u2028\\u2029"
# What some readers drop before they look whether a cell is a formula: white space other than
# separators, control and format characters, quotes. The apostrophe keeps the rule reversible.
IGNORED: Final = (
    r"\x00-\x08\x0e-\x1b\x1f \x7f-\x84\x86-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u202a-\u202f"
    r"\u205f-\u206f\u3000\ufeff\"\'"
)
FORMULA: Final = rf"[{IGNORED}]*[{re.escape(FORMULA_SIGNS)}]"
UNSAFE: Final = re.compile(rf"\A(?='*[\t\r\n]|{FORMULA})|(?<=[{SEPARATORS}])(?={FORMULA})")


def defused(text: str) -> str:
    """Returns the text with an apostrophe wherever a reader could see a formula."""
    return UNSAFE.sub("'", text)
