"""Generates pictures from a prompt's words, and edits pictures from requests."""

from __future__ import annotations

import base64
import binascii
import io
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter, ImageOps, UnidentifiedImageError

from .wire import invalid

COLOURS = ("red", "green", "blue", "yellow", "orange", "purple", "black", "white", "gray", "pink")
FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}
ASPECTS = {
    "1:1": (1024, 1024), "16:9": (1344, 768), "9:16": (768, 1344), "3:2": (1216, 832),
    "2:3": (832, 1216), "5:4": (1152, 896), "4:5": (896, 1152), "21:9": (1536, 640),
    "9:21": (640, 1536),
}  # fmt: skip
MIN_SIDE = 64
MAX_PIXELS = 9_437_184


@dataclass(frozen=True, slots=True)
class Edit:
    """An image editing service: its required fields, its picture field, and what it does.

    `scale` multiplies width and height; with 1 the size stays and the pixels change.
    """

    needs: tuple[str, ...] = ()
    picture: str = "image"
    scale: int = 1
    outpaints: bool = False


EDITS = {
    "fast-upscale": Edit(scale=4),
    "conservative-upscale": Edit(("prompt",), scale=2),
    "creative-upscale": Edit(("prompt",), scale=2),
    "outpaint": Edit(outpaints=True),
    "control-sketch": Edit(("prompt",)),
    "control-structure": Edit(("prompt",)),
    "erase-object": Edit(),
    "inpaint": Edit(("prompt",)),
    "remove-background": Edit(),
    "search-recolor": Edit(("prompt", "select_prompt")),
    "search-replace": Edit(("prompt", "search_prompt")),
    "style-guide": Edit(("prompt",)),
    "style-transfer": Edit(("style_image",), picture="init_image"),
}
UPSCALED_PIXELS = 1_048_576


@lru_cache(maxsize=32)
def draw(prompt: str, width: int, height: int, image_format: str = "png") -> str:
    """Returns a shape on a background, in the colours that the prompt names, as base64."""
    words = [word for word in prompt.lower().replace(",", " ").split() if word in COLOURS]
    ink = words[0] if words else "gray"
    ground = words[1] if len(words) > 1 else "white"
    canvas = Image.new("RGB", (width, height), ground)
    reach = min(width, height) // 3
    box = (width // 2 - reach, height // 2 - reach, width // 2 + reach, height // 2 + reach)
    if "square" in prompt.lower():
        ImageDraw.Draw(canvas).rectangle(box, fill=ink)
    else:
        ImageDraw.Draw(canvas).ellipse(box, fill=ink)
    return _encoded(canvas, image_format)


def decoded(data: str, field: str) -> Image.Image:
    """Returns the picture in a base64 field. Raises BedrockError (ValidationException)."""
    try:
        picture = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
        if picture.width * picture.height > MAX_PIXELS:
            raise invalid(f"{field} has more than {MAX_PIXELS} pixels")
        return picture.convert("RGB")
    except (binascii.Error, UnidentifiedImageError, OSError, SyntaxError) as error:
        raise invalid(f"Unable to decode the image in {field}.") from error


def apply_edit(edit: Edit, picture: Image.Image, body: dict[str, object]) -> str:
    """Returns the edited picture as base64. Raises BedrockError for a size it cannot have."""
    if min(picture.size) < MIN_SIDE:
        raise invalid(f"Every side of the image must be at least {MIN_SIDE} pixels.")
    if edit.scale > 1:
        if picture.width * picture.height > UPSCALED_PIXELS:
            raise invalid(f"The image must have at most {UPSCALED_PIXELS} pixels to be upscaled.")
        changed = picture.resize((picture.width * edit.scale, picture.height * edit.scale))
    elif edit.outpaints:
        left, up, right, down = (_margin(body, side) for side in ("left", "up", "right", "down"))
        if not left + up + right + down:
            raise invalid("At least one of left, right, up, down must be greater than 0.")
        changed = ImageOps.expand(picture, (left, up, right, down), fill="gray")
    else:
        changed = ImageOps.posterize(picture.filter(ImageFilter.SMOOTH), 5)
    return _encoded(changed, str(body.get("output_format", "png")))


def _margin(body: dict[str, object], side: str) -> int:
    value = body.get(side, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 2000:
        raise invalid(f"{side} must be a whole number from 0 to 2000")
    return value


def _encoded(picture: Image.Image, image_format: str) -> str:
    if image_format not in FORMATS:
        raise invalid(f"output_format must be one of {', '.join(FORMATS)}")
    file = io.BytesIO()
    # Speed over size: the files are not stored.
    picture.save(file, FORMATS[image_format], compress_level=1)
    return base64.b64encode(file.getvalue()).decode()
