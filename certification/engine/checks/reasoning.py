"""Arithmetic and small problems with one known answer each."""

from __future__ import annotations

import re

from ..check import Check, Outcome
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message

INSTRUCTION = "Answer each question with the number only, one per line, in the form `n) answer`."
ANSWER = re.compile(r"^\W*(\d+)\s*[).:]\W*(-?[\d.,]+)", re.MULTILINE)


def questions_for(subject: Subject) -> list[tuple[str, int]]:
    a, b = subject.number(12, 29, "a"), subject.number(13, 27, "b")
    quotient, divisor, more = (
        subject.number(7, 15, "quotient"),
        subject.number(6, 12, "divisor"),
        subject.number(3, 9, "more"),
    )
    had, gave, packs = (
        subject.number(12, 19, "had"),
        subject.number(3, 8, "gave"),
        subject.number(2, 5, "packs"),
    )
    leaves, lasts = subject.number(5, 55, "leaves"), subject.number(70, 175, "lasts")
    arrives = 14 * 60 + leaves + lasts
    stickers = (
        f"Ana has {had} stickers. She gives {gave} to Bruno and then buys {packs} packs of 5. "
        "How many stickers does she have now?"
    )
    train = (
        f"A train leaves at 14:{leaves:02} and arrives at {arrives // 60}:{arrives % 60:02}. "
        "How many minutes does the trip take?"
    )
    return [
        (f"What is {a} * {b}?", a * b),
        (f"What is {quotient * divisor} / {divisor} + {more}?", quotient + more),
        (stickers, had - gave + packs * 5),
        (train, lasts),
    ]


def run(subject: Subject) -> Outcome:
    questions = questions_for(subject)
    lines = (f"{n}) {question}" for n, (question, _answer) in enumerate(questions, 1))
    text = subject.converse("\n".join((INSTRUCTION, *lines))).text
    given = {int(n): answer.replace(",", "").rstrip(".") for n, answer in ANSWER.findall(text)}
    right = sum(given.get(n) == str(answer) for n, (_q, answer) in enumerate(questions, 1))
    if right == len(questions):
        return Outcome(1.0)
    return Outcome(
        right / len(questions),
        message(_("%(right)s of %(total)s answers are right"), right=right, total=len(questions)),
    )


CHECK = Check(
    id="reasoning",
    title=_("Reasons and calculates"),
    run=run,
    depends_on=("answers",),
    weight=3,
)
