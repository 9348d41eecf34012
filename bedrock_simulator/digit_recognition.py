"""Recognizes digits in a picture by comparing each glyph with drawn templates."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

_GLYPH = (20, 32)
_TEMPLATE_SIZE = 96
_MAX_SIDE = 4096
# Larger pictures are not cached: they rarely recur, and would fill the memory.
_MAX_CACHED_BYTES = 65_536


@lru_cache(maxsize=1)
def _templates() -> tuple[tuple[str, bytes, float], ...]:
    found = []
    for digit in "0123456789":
        canvas = Image.new("L", (200, 200), 255)
        font = ImageFont.load_default(_TEMPLATE_SIZE)
        ImageDraw.Draw(canvas).text((40, 40), digit, fill=0, font=font)
        ink = canvas.point(lambda value: 255 - value)
        box = ink.getbbox()
        assert box is not None
        found.append((digit, _normalised(ink.crop(box)), _aspect(box)))
    return tuple(found)


def _normalised(ink: Image.Image) -> bytes:
    return ink.resize(_GLYPH, Image.Resampling.BOX).tobytes()


def _aspect(box: tuple[int, int, int, int]) -> float:
    return (box[2] - box[0]) / (box[3] - box[1])


def read_digits(data: bytes) -> str:
    """Returns the digits of the single line in a picture, left to right; "" if there are none."""
    return _cached_read(data) if len(data) <= _MAX_CACHED_BYTES else _read(data)


def _read(data: bytes) -> str:
    try:
        with Image.open(io.BytesIO(data)) as opened:
            if max(opened.size) > _MAX_SIDE:
                return ""
            picture = opened.convert("L")
    except (UnidentifiedImageError, OSError, SyntaxError):
        return ""
    if sum(picture.resize((8, 8)).tobytes()) < 64 * 128:
        ink = picture
    else:
        ink = picture.point(lambda value: 255 - value)
    glyphs = list(_glyphs(ink.point(lambda value: value if value > 80 else 0)))
    tallest = max((box[3] - box[1] for _, box in glyphs), default=0)
    return "".join(
        _nearest(_normalised(glyph), _aspect(box))
        for glyph, box in glyphs
        if box[3] - box[1] > tallest / 2
    )


_cached_read = lru_cache(maxsize=256)(_read)


def _glyphs(ink: Image.Image) -> Iterator[tuple[Image.Image, tuple[int, int, int, int]]]:
    """Yields the parts that empty columns separate, each cropped, with its box in its strip."""
    filled = [ink.crop((x, 0, x + 1, ink.height)).getbbox() is not None for x in range(ink.width)]
    start = None
    for x, has_ink in enumerate([*filled, False]):
        if has_ink and start is None:
            start = x
        elif not has_ink and start is not None:
            strip = ink.crop((start, 0, x, ink.height))
            box = strip.getbbox()
            if box is not None:
                yield strip.crop(box), box
            start = None


def _nearest(glyph: bytes, aspect: float) -> str:
    def distance(template: tuple[str, bytes, float]) -> float:
        _, pixels, expected = template
        apart = sum(abs(one - other) for one, other in zip(glyph, pixels, strict=True))
        # A narrow 1, stretched to the grid, resembles any digit; its aspect ratio does not.
        return apart / len(pixels) + 255 * abs(aspect - expected)

    return min(_templates(), key=distance)[0]
