"""Takes the first picture out of a WebM video with VP8."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_SEGMENT, _CLUSTER, _SIMPLE_BLOCK = 0x18538067, 0x1F43B675, 0xA3
# Of a block, before the frame: the track, the time and the flags.
_BLOCK_HEAD = 4


def first_picture(content: bytes) -> bytes:
    """Returns the first frame as a WebP picture, b"" if there is none."""
    try:
        frame = next(_frames(content), b"")
    except IndexError:
        return b""
    if not frame:
        return b""
    chunk = b"VP8 " + struct.pack("<I", len(frame)) + frame + b"\0" * (len(frame) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def _frames(content: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(content):
        name, at = _number(content, at, keeps_mark=True)
        size, at = _number(content, at)
        inside = content[at : at + size]
        if name in (_SEGMENT, _CLUSTER):
            yield from _frames(inside)
        elif name == _SIMPLE_BLOCK:
            yield inside[_BLOCK_HEAD:]
        at += size


def _number(content: bytes, at: int, *, keeps_mark: bool = False) -> tuple[int, int]:
    """Reads a variable-size integer of EBML. Returns it and the place behind it."""
    first = content[at]
    length = 9 - first.bit_length()
    value = int.from_bytes(content[at : at + length])
    return (value if keeps_mark else value & (1 << 7 * length) - 1), at + length
