"""Solves arithmetic and small word problems, each with one known answer."""

from __future__ import annotations

import re

from ..check import Check, Outcome
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .spelling import tells_number, unfenced

INSTRUCTION = "Answer each question with the number only, one per line, in the form `n) answer`."
# A question's number, punctuation, and the answer on the same line or the next one.
ANSWER = re.compile(r"^\W*(\d+)[^\w\n]+?[ \t]*\n?(.*)$", re.MULTILINE)
NUMBER = re.compile(r"\d[\d.,]*")


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
    text = unfenced(subject.converse("\n".join((INSTRUCTION, *lines)), room=512).text)
    given = _answers_in(text, len(questions))
    right = sum(
        n in given and tells_number(given[n], answer) for n, (_q, answer) in enumerate(questions, 1)
    )
    if right == len(questions):
        return Outcome(1.0)
    return Outcome(
        right / len(questions),
        message(_("%(right)s of %(total)s answers are right"), right=right, total=len(questions)),
    )


def _answers_in(text: str, total: int) -> dict[int, str]:
    """Returns the answers by question number: numbered ones, or else one line per question."""
    numbered = {int(n): rest for n, rest in ANSWER.findall(text) if len(n) < 3}
    lines = [line for line in text.splitlines() if line.strip()]
    if not numbered.keys() & set(range(1, total + 1)) and len(lines) == total:
        numbered = dict(enumerate(lines, 1))
    return {n: _result(answer) for n, answer in numbered.items()}


def _result(answer: str) -> str:
    """Returns the number that answers the question.

    Some models repeat the calculation before the `=`, and some add the result in other units after
    it: a single number before the `=` is the result itself.
    """
    before = answer.partition("=")[0]
    alone = before if len(NUMBER.findall(before)) == 1 else ""
    return f"{alone}\n{answer.rpartition('=')[2]}"


CHECK = Check(
    id="reasoning",
    title=_("Reasons and calculates"),
    run=run,
    depends_on=("answers",),
    weight=3,
)
