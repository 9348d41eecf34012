"""Reads a number in a generated picture."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .pictures import picture_of
from .spelling import tells_number

QUESTION = "What number is written in this picture? Answer with the digits only."


def run(subject: Subject) -> Outcome:
    number = subject.number(10_000, 99_999, "picture")
    image = {"image": {"format": "png", "source": {"bytes": picture_of(str(number))}}}
    answer = subject.converse([{"role": "user", "content": [image, {"text": QUESTION}]}], room=64)
    if tells_number(answer.text, number):
        return PASSED
    read = answer.text.strip()[:80] or "–"
    return failed(message(_("read %(read)s where %(number)s is written"), read=read, number=number))


CHECK = Check(
    id="image_read",
    title=_("Reads a picture"),
    run=run,
    needs=("image_input",),
    depends_on=("answers",),
    weight=2,
    proves="image_input",
)
