"""Remembers a fact from an earlier turn."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .spelling import tells_number


def run(subject: Subject) -> Outcome:
    code = subject.number(1000, 9999, "locker")
    turns = (
        ("user", f"My locker code is {code}. Remember it."),
        ("assistant", "I will remember it."),
        ("user", "What is my locker code? Answer with the number only."),
    )
    answer = subject.converse(
        [{"role": role, "content": [{"text": text}]} for role, text in turns], room=64
    )
    if tells_number(answer.text, code):
        return PASSED
    return failed(message(_("did not give back the code %(code)s"), code=code))


CHECK = Check(
    id="multi_turn",
    title=_("Remembers earlier turns"),
    run=run,
    depends_on=("answers",),
    weight=2,
)
