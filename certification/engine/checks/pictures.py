"""Generates test pictures, and decodes pictures from answers."""

from __future__ import annotations

import io
from base64 import b64decode, b64encode
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

WHITE: Final = (255, 255, 255)
BLACK: Final = (0, 0, 0)


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


# A check that failed asks again with the same picture.
@lru_cache(maxsize=16)
def picture_of(text: str, file_format: str = "png", *, size: int = 48) -> bytes:
    """Returns a picture with `text` in black on white; `size` is the font size in pixels."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    margin = size // 2
    image = Image.new(
        "RGB", (round(right - left) + 2 * margin, round(bottom - top) + 2 * margin), WHITE
    )
    ImageDraw.Draw(image).text((margin - left, margin - top), text, fill=BLACK, font=font)
    buffer = io.BytesIO()
    image.save(buffer, file_format.upper())
    return buffer.getvalue()


def base64_of(image: bytes) -> str:
    return b64encode(image).decode()


def decoded(text: object) -> Image.Image | None:
    """Returns the picture that `text` holds in base64, or None."""
    try:
        image = Image.open(io.BytesIO(b64decode(str(text), validate=True)))
        image.load()
    except Exception:
        # Pillow's decoders raise many kinds of exceptions for a broken picture.
        return None
    return image
