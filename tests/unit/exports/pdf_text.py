"""Extracts the texts of Homologa's PDF files, as a viewer copies them."""

from __future__ import annotations

import base64
import re
import zlib

# A font is chosen (`/F3+0 7 Tf`), or a literal is drawn (`(text) Tj`).
DRAWN = re.compile(rb"/(\S+) \S+ Tf|\(((?:\\.|[^\\()])*)\) Tj", re.DOTALL)


def pages(pdf: bytes) -> list[str]:
    """Returns the texts of each page, one per line, in drawing order."""
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")
    objects = dict(re.findall(rb"\n(\d+) 0 obj\r?\n(.*?)endobj", pdf, re.DOTALL))
    fonts = {
        name: _characters(objects, objects[number])
        for name, number in re.findall(rb"/(F[\d+]+) (\d+) 0 R", pdf)
    }
    numbers = [
        found[1]
        for item in objects.values()
        if b"/Type /Page\n" in item and (found := re.search(rb"/Contents (\d+) 0 R", item))
    ]
    return [
        "\n".join(
            _text(block, fonts)
            for block in re.findall(rb"BT (.*?) ET\n", _stream(objects[number]), re.DOTALL)
            if b" Tj" in block
        )
        for number in numbers
    ]


def _text(block: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    text, font = "", b""
    for name, literal in DRAWN.findall(block):
        if name:
            font = name
            continue
        plain = re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), literal)
        plain = re.sub(rb"\\(.)", rb"\1", plain, flags=re.DOTALL)
        text += "".join(fonts[font][code] for code in plain)
    return text


def _characters(objects: dict[bytes, bytes], font: bytes) -> dict[int, str]:
    """Returns the characters of a font by their codes."""
    if found := re.search(rb"/ToUnicode (\d+) 0 R", font):
        pairs = re.findall(rb"<(\w{2})> <(\w{4,})>\n", _stream(objects[found[1]]))
        return {int(code, 16): bytes.fromhex(to.decode()).decode("utf-16-be") for code, to in pairs}
    assert b"/WinAnsiEncoding" in font
    return {code: bytes([code]).decode("cp1252", "replace") for code in range(256)}


def _stream(item: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*)endstream", item, re.DOTALL)
    assert found
    deflated = found[1]
    if b"/ASCII85Decode" in item:
        deflated = base64.a85decode(deflated.rstrip().removesuffix(b"~>"), adobe=False)
    return zlib.decompressobj().decompress(deflated)
