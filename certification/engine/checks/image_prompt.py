"""The generated picture matches the prompt: red in the middle, not at the corners."""

from __future__ import annotations

from PIL import Image

from ..check import PASSED, Check, Outcome, failed
from ..model import Kind
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message

# How much larger red must be than green and blue, on a scale of 255.
MARGIN = 60


def redness(image: Image.Image, x: float, y: float) -> int:
    """Returns the excess of red, -255 to 255, around a point; x and y are shares of the size."""
    width, height = image.size
    left, top = int(x * (width - width // 8)), int(y * (height - height // 8))
    region = image.convert("RGB").crop((left, top, left + width // 8, top + height // 8))
    red, green, blue = region.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))  # type: ignore[misc]
    return int(red - max(green, blue))


def run(subject: Subject) -> Outcome:
    image: Image.Image = subject.kept["image"]
    inside = redness(image, 0.5, 0.5)
    outside = max(redness(image, x, y) for x in (0, 1) for y in (0, 1))
    if inside < MARGIN:
        return failed(message(_("there is no red circle in the middle")))
    if outside >= MARGIN:
        return failed(message(_("the background is red too")), points=0.5)
    return PASSED


CHECK = Check(
    id="image_prompt",
    title=_("Draws what was asked"),
    run=run,
    kinds=frozenset({Kind.IMAGE}),
    depends_on=("image_generation",),
    weight=2,
)
