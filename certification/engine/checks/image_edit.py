"""An image editing service changes the picture that it receives.

Fields of each service: the Stability AI image services' pages in the Bedrock user guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from PIL import Image, ImageChops, ImageDraw

from ..check import PASSED, Check, Outcome, Required, failed
from ..errors import CallError, Category
from ..model import Kind
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .image_generation import first_image
from .pictures import BLACK, WHITE, base64_of, decoded, png

SIDE: Final = 512
PROMPT: Final = "A red ball on a wooden table"


def _ball(colour: str) -> Image.Image:
    image = Image.new("RGB", (SIDE, SIDE), (222, 205, 170))
    ImageDraw.Draw(image).ellipse((156, 156, 356, 356), fill=colour)
    return image


def _mask() -> Image.Image:
    image = Image.new("RGB", (SIDE, SIDE), BLACK)
    ImageDraw.Draw(image).ellipse((146, 146, 366, 366), fill=WHITE)
    return image


def _style() -> Image.Image:
    return _ball("royalblue")


PICTURES: Final = {"mask": _mask, "style": _style}


@dataclass(frozen=True)
class Service:
    """The fields of one service's request, and how its answer must differ from the picture sent."""

    fields: dict[str, Any]
    image_field: str = "image"
    grows: bool = False
    # Further pictures that the service needs: (field, key of PICTURES).
    more: tuple[tuple[str, str], ...] = ()


SERVICES: Final[tuple[tuple[str, Service], ...]] = (
    ("stable-conservative-upscale", Service({"prompt": PROMPT}, grows=True)),
    ("stable-creative-upscale", Service({"prompt": PROMPT}, grows=True)),
    ("stable-fast-upscale", Service({}, grows=True)),
    ("stable-image-control-sketch", Service({"prompt": PROMPT})),
    ("stable-image-control-structure", Service({"prompt": PROMPT})),
    ("stable-image-erase-object", Service({}, more=(("mask", "mask"),))),
    ("stable-image-inpaint", Service({"prompt": "A green apple"}, more=(("mask", "mask"),))),
    ("stable-image-remove-background", Service({})),
    (
        "stable-image-search-recolor",
        Service({"prompt": "blue", "select_prompt": "the ball"}),
    ),
    (
        "stable-image-search-replace",
        Service({"prompt": "A green apple", "search_prompt": "the ball"}),
    ),
    ("stable-image-style-guide", Service({"prompt": "A lighthouse"})),
    ("stable-outpaint", Service({"left": 64, "right": 64}, grows=True)),
    (
        "stable-style-transfer",
        Service({}, image_field="init_image", more=(("style_image", "style"),)),
    ),
)


def run(subject: Subject) -> Outcome:
    model_id = subject.model.api_model_id
    service = next((service for name, service in SERVICES if name in model_id), None)
    if service is None:
        raise CallError(
            Category.INTERNAL, f"The request body of {model_id} is not known: add its service."
        )
    given = _ball("firebrick")
    body = {
        **service.fields,
        service.image_field: base64_of(png(given)),
        **{field: base64_of(png(PICTURES[name]())) for field, name in service.more},
        "output_format": "png",
    }
    encoded = first_image(subject.invoke(body, images=1))
    if encoded is None:
        return failed(message(_("the answer holds no picture")))
    image = decoded(encoded)
    if image is None:
        return failed(message(_("the picture does not decode")))
    width, height = image.size
    if service.grows and width <= SIDE:
        return failed(
            message(
                _("the picture did not grow: %(width)s x %(height)s"), width=width, height=height
            )
        )
    if image.size == given.size and not _differ(image, given):
        return failed(message(_("the picture came back unchanged")))
    return PASSED


def _differ(a: Image.Image, b: Image.Image) -> bool:
    return (
        ImageChops.difference(a.convert("RGBA"), b.convert("RGBA")).getbbox(alpha_only=False)
        is not None
    )


CHECK = Check(
    id="image_edit",
    title=_("Edits a picture"),
    run=run,
    kinds=frozenset({Kind.IMAGE_EDIT}),
    weight=3,
    required=Required.ALWAYS,
    proves="image_output",
)
