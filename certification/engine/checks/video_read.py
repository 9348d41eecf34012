"""Reads a number that a generated video shows."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .spelling import tells_number
from .videos import video_of

QUESTION = "What number does this video show? Answer with the digits only."


def run(subject: Subject) -> Outcome:
    number = subject.number(10_000, 99_999, "video")
    video = {"video": {"format": "webm", "source": {"bytes": video_of(str(number))}}}
    answer = subject.converse([{"role": "user", "content": [video, {"text": QUESTION}]}], room=64)
    if tells_number(answer.text, number):
        return PASSED
    read = answer.text.strip()[:80] or "–"
    return failed(message(_("read %(read)s where %(number)s is shown"), read=read, number=number))


CHECK = Check(
    id="video_read",
    title=_("Reads a video"),
    run=run,
    needs=("video_input",),
    declared=True,
    depends_on=("answers",),
    weight=2,
    proves="video_input",
)
