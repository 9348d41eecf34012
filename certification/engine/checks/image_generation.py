"""Generates a picture that can be decoded and has the requested size.

Bodies: the families' own pages in the Bedrock user guide.
"""

from __future__ import annotations

from typing import Any

from ..check import PASSED, Check, Outcome, Required, failed
from ..model import Kind, ModelSpec
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .pictures import decoded

PROMPT = "One large, solid red circle on a plain white background"
SIDE = 1024


def body_for(model: ModelSpec) -> dict[str, Any]:
    if model.api_model_id.startswith("amazon."):
        return {
            "taskType": "TEXT_IMAGE",
            "textToImageParams": {"text": PROMPT},
            "imageGenerationConfig": {"width": SIDE, "height": SIDE, "numberOfImages": 1},
        }
    return {"prompt": PROMPT, "aspect_ratio": "1:1", "output_format": "png"}


def first_image(body: dict[str, Any]) -> object:
    images = body.get("images")
    return images[0] if isinstance(images, list) and images else None


def run(subject: Subject) -> Outcome:
    encoded = first_image(subject.invoke(body_for(subject.model), images=1))
    if encoded is None:
        return failed(message(_("the answer holds no picture")))
    image = decoded(encoded)
    if image is None:
        return failed(message(_("the picture does not decode")))
    subject.kept["image"] = image
    width, height = image.size
    exact = subject.model.api_model_id.startswith("amazon.")
    # Stability's models take an aspect ratio and choose the size in pixels themselves.
    if (width, height) != (SIDE, SIDE) if exact else width != height:
        return failed(
            message(_("the picture is %(width)s x %(height)s"), width=width, height=height)
        )
    return PASSED


CHECK = Check(
    id="image_generation",
    title=_("Makes a picture"),
    run=run,
    kinds=frozenset({Kind.IMAGE}),
    weight=3,
    required=Required.ALWAYS,
    proves="image_output",
)
