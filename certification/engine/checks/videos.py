"""Makes a short video of one picture: WebM with VP8, whose key frames are those of lossy WebP.

Formats: Matroska (RFC 9559), WebP container (RFC 9649).
"""

from __future__ import annotations

import io
import struct
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from .pictures import BLACK, WHITE

SIZE: Final = (640, 360)
FONT_SIZE: Final = 120
FRAMES: Final = 6
FRAME_MS: Final = 500

Element = tuple[int, "bytes | int | str | list[Element]"]


# A check that failed asks again with the same video.
@lru_cache(maxsize=4)
def video_of(text: str) -> bytes:
    """Returns a WebM of three seconds that shows `text` in black on white."""
    frame = _key_frame(text)
    blocks: list[Element] = [
        # Track 1, the time within the cluster, and the mark of a key frame.
        (0xA3, b"\x81" + struct.pack(">hB", number * FRAME_MS, 0x80) + frame)
        for number in range(FRAMES)
    ]
    head: list[Element] = [
        (0x4286, 1),
        (0x42F7, 1),
        (0x42F2, 4),
        (0x42F3, 8),
        (0x4282, "webm"),
        (0x4287, 2),
        (0x4285, 2),
    ]
    info: list[Element] = [
        (0x2AD7B1, 1_000_000),
        (0x4489, struct.pack(">d", FRAMES * FRAME_MS)),
        (0x4D80, "homologa"),
        (0x5741, "homologa"),
    ]
    track: list[Element] = [
        (0xD7, 1),
        (0x73C5, 1),
        (0x9C, 0),
        (0x83, 1),
        (0x86, "V_VP8"),
        (0x23E383, FRAME_MS * 1_000_000),
        (0xE0, [(0xB0, SIZE[0]), (0xBA, SIZE[1])]),
    ]
    segment: list[Element] = [
        (0x1549A966, info),
        (0x1654AE6B, [(0xAE, track)]),
        (0x1F43B675, [(0xE7, 0), *blocks]),
    ]
    return _encoded((0x1A45DFA3, head)) + _encoded((0x18538067, segment))


def _key_frame(text: str) -> bytes:
    image = Image.new("RGB", SIZE, WHITE)
    font = ImageFont.load_default(FONT_SIZE)
    middle = (SIZE[0] / 2, SIZE[1] / 2)
    ImageDraw.Draw(image).text(middle, text, fill=BLACK, font=font, anchor="mm")
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=90)
    webp = buffer.getvalue()
    at = webp.index(b"VP8 ")
    [size] = struct.unpack("<I", webp[at + 4 : at + 8])
    return webp[at + 8 : at + 8 + size]


def _encoded(element: Element) -> bytes:
    name, value = element
    match value:
        case bytes():
            content = value
        case int():
            content = value.to_bytes(max(1, (value.bit_length() + 7) // 8))
        case str():
            content = value.encode()
        case list():
            content = b"".join(map(_encoded, value))
    size = (len(content) | 1 << 56).to_bytes(8)
    return name.to_bytes((name.bit_length() + 7) // 8) + size + content
