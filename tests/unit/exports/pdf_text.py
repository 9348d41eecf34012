"""Extracts the texts of Homologa's PDF files: deflated streams with literal strings."""

from __future__ import annotations

import base64
import re
import zlib


def pages(pdf: bytes) -> list[str]:
    """Returns the texts of each page, one per line, in drawing order."""
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")
    contents = [
        zlib.decompress(base64.a85decode(stream, adobe=False))
        for stream in re.findall(rb"stream\r?\n(.*?)~>\r?\n?endstream", pdf, re.DOTALL)
    ]
    assert len(contents) == len(re.findall(rb"/Type /Page\b", pdf))
    return [
        "\n".join(map(_text, re.findall(rb"\(((?:\\.|[^\\()])*)\) Tj", page))) for page in contents
    ]


def _text(literal: bytes) -> str:
    plain = re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), literal)
    return re.sub(rb"\\(.)", rb"\1", plain).decode("cp1252")
