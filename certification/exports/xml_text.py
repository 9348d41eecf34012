"""Texts in XML: escaped, without the characters that XML 1.0 cannot hold."""

from __future__ import annotations

import re
from typing import Final
from xml.sax.saxutils import escape, quoteattr

# All characters outside the production Char of XML 1.0.
INVALID: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A parser would read a bare carriage return as a line feed.
CARRIAGE_RETURN: Final = {"\r": "&#13;"}


def content(text: str) -> str:
    """Returns the text as the content of an element."""
    return escape(INVALID.sub("", text), CARRIAGE_RETURN)


def attribute(text: str) -> str:
    """Returns the text as the value of an attribute, with its quotes."""
    return quoteattr(INVALID.sub("", text))
