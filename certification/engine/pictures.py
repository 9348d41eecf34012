"""Pictures in an answer, looked at before they are decoded: format and size from their first bytes.

A few kilobytes can hold a picture that takes gigabytes to decode, and each decoder that may be
chosen by a picture's bytes is one more that a hostile answer reaches.
"""

from __future__ import annotations

import math
import struct
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, Final

from .errors import CallError, Category

# Pixels: 4096 x 4096, the largest that an upscaler makes.
MAX_PIXELS: Final = 4096 * 4096
# With more pixels than the largest picture of a generator, it is decoded in turns.
LARGE: Final = 2048 * 2048
# Characters of base64 that are looked at: metadata may come before the pixels.
HEAD: Final = 4 * 1024 * 1024


def in_answer(body: dict[str, Any]) -> list[str]:
    """Returns the pictures of an InvokeModel body, in base64."""
    images = body.get("images")
    return [each for each in images if isinstance(each, str)] if isinstance(images, list) else []


def reason_in(body: dict[str, Any]) -> str:
    """Returns why the service made no picture, in its own words; empty if it does not say.

    Amazon's models tell it in `error`, Stability's in `finish_reasons`, one for each picture.
    """
    reasons, error = body.get("finish_reasons"), body.get("error")
    for reason in (
        error.get("message") if isinstance(error, dict) else error,
        *(reasons if isinstance(reasons, list) else ()),
        body.get("message"),
    ):
        if isinstance(reason, str) and reason.strip():
            return reason
    return ""


def pixels_of(encoded: str) -> int:
    """Returns how many pixels the picture has; 0 if it is not base64 or holds no picture at all,
    which no decoder would be given.

    Raises CallError: MODEL_ERROR for a picture that is neither PNG, JPEG nor WebP or does not tell
    its size, ANSWER_TOO_LARGE for one above MAX_PIXELS.
    """
    start = encoded[:HEAD]
    try:
        head = b64decode(start[: len(start) // 4 * 4], validate=True)
    except ValueError:
        return 0
    sizes = _sizes(head)
    if not sizes:
        raise CallError(
            Category.MODEL_ERROR,
            "The picture is not PNG, JPEG or WebP, or does not tell its size.",
        )
    width, height = max(sizes, key=math.prod)
    if width * height > MAX_PIXELS:
        raise CallError(
            Category.ANSWER_TOO_LARGE, f"The picture has {width:,} x {height:,} pixels."
        )
    return width * height


def _sizes(head: bytes) -> list[tuple[int, int]]:
    """Returns all sizes that come before the pixels: of several, decoders take the last. None if
    the pixels do not begin in `head`."""
    try:
        if head.startswith(b"\x89PNG\r\n\x1a\n"):
            return list(_sizes_of_png(head))
        if head.startswith(b"\xff\xd8\xff"):
            return list(_sizes_of_jpeg(head))
        if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
            return list(_size_of_webp(head))
    except (struct.error, IndexError):
        pass
    return []


def _sizes_of_png(head: bytes) -> Iterator[tuple[int, int]]:
    at = 8
    while (kind := head[at + 4 : at + 8]) != b"IDAT":
        if kind == b"IHDR":
            yield struct.unpack_from("!II", head, at + 8)
        at += 12 + struct.unpack_from("!I", head, at)[0]


def _sizes_of_jpeg(head: bytes) -> Iterator[tuple[int, int]]:
    """Those of the frame headers. https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.2"""
    at = 2
    while (marker := head[at + 1]) != 0xDA:
        if head[at] != 0xFF:
            # Not a marker: decoders look for the next one.
            at += 1
            continue
        if marker == 0xFF or marker == 0x00 or 0xD0 <= marker <= 0xD9:
            at += 1 if marker == 0xFF else 2
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from("!HH", head, at + 5)
            yield width, height
        at += 2 + struct.unpack_from("!H", head, at + 2)[0]


def _size_of_webp(head: bytes) -> Iterator[tuple[int, int]]:
    """https://developers.google.com/speed/webp/docs/riff_container"""
    kind, data = head[12:16], head[20:]
    if kind == b"VP8X":
        yield 1 + int.from_bytes(data[4:7], "little"), 1 + int.from_bytes(data[7:10], "little")
    elif kind == b"VP8L":
        bits = int.from_bytes(data[1:5], "little")
        yield 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 6)
        yield width & 0x3FFF, height & 0x3FFF
