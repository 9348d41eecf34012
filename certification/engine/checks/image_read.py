"""Reads a number in each of four generated pictures, one of each format that Converse takes."""

from __future__ import annotations

from typing import Final

from ..check import Check, Outcome
from ..subject import Subject
from ..wording import gettext_noop as _
from .attachments import Attachment, read_all
from .pictures import picture_of
from .spelling import tells_number

QUESTION = "What number is written in each picture? Answer with the digits only."
FORMATS: Final = ("png", "jpeg", "gif", "webp")


def pictures_for(subject: Subject) -> list[Attachment]:
    found = []
    for file_format in FORMATS:
        number = str(subject.number(10_000, 99_999, "picture", file_format))
        source = {"bytes": picture_of(number, file_format)}
        found.append(
            Attachment(file_format, {"image": {"format": file_format, "source": source}}, number)
        )
    return found


def run(subject: Subject) -> Outcome:
    def tells(text: str, number: str) -> bool:
        return tells_number(text, int(number))

    return read_all(subject, "image_input", QUESTION, pictures_for(subject), tells)


CHECK = Check(
    id="image_read",
    title=_("Reads pictures"),
    run=run,
    needs=("image_input",),
    depends_on=("answers",),
    weight=2,
    proves="image_input",
)
