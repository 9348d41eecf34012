"""Reading digits in a picture by comparing each blot of ink with drawn templates."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

_GLYPH = (20, 32)
_TEMPLATE_SIZE = 96
_MAX_SIDE = 4096
# Small pictures come again and again; big ones would fill the memory.
_REMEMBERED_BYTES = 65_536


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
        found.append((digit, _normal(ink.crop(box)), _narrowness(box)))
    return tuple(found)


def _normal(ink: Image.Image) -> bytes:
    return ink.resize(_GLYPH, Image.Resampling.BOX).tobytes()


def _narrowness(box: tuple[int, int, int, int]) -> float:
    return (box[2] - box[0]) / (box[3] - box[1])


def read_digits(data: bytes) -> str:
    """The digits of the one line in a picture, left to right; empty when none can be read."""
    return _remembered(data) if len(data) <= _REMEMBERED_BYTES else _read(data)


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
    blots = list(_blots(ink.point(lambda value: value if value > 80 else 0)))
    tallest = max((box[3] - box[1] for _, box in blots), default=0)
    return "".join(
        _nearest(_normal(blot), _narrowness(box))
        for blot, box in blots
        if box[3] - box[1] > tallest / 2
    )


_remembered = lru_cache(maxsize=256)(_read)


def _blots(ink: Image.Image) -> Iterator[tuple[Image.Image, tuple[int, int, int, int]]]:
    """Pieces of ink with an empty column on either side, each cut to its own box."""
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


def _nearest(glyph: bytes, narrowness: float) -> str:
    def distance(template: tuple[str, bytes, float]) -> float:
        _, pixels, expected = template
        apart = sum(abs(one - other) for one, other in zip(glyph, pixels, strict=True))
        # A narrow 1 stretched to the grid looks like anything; its proportions tell it.
        return apart / len(pixels) + 255 * abs(narrowness - expected)

    return min(_templates(), key=distance)[0]
