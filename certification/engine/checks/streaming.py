"""ConverseStream sends its events in order, the whole text, the usage, and more than one delta."""

from __future__ import annotations

import re

from ..check import PASSED, Check, Outcome, Required, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .streams import grammar_fault_of

PROMPT = "Write the numbers from 1 to 20 in digits, separated by single spaces, and nothing else."
NUMBERS = [str(n) for n in range(1, 21)]


def run(subject: Subject) -> Outcome:
    answer = subject.stream(PROMPT, room=160)
    fault = grammar_fault_of(answer)
    if fault is not None:
        return failed(fault)
    if not answer.text.strip():
        return failed(message(_("the stream brought no text")))
    # Words around the numbers may themselves contain numbers.
    found = " ".join(re.findall(r"\d+", answer.text))
    if f" {' '.join(NUMBERS)} " not in f" {found} ":
        return failed(message(_("the streamed text is not whole")))
    if not answer.has_usage:
        return failed(message(_("the stream told no usage")), points=0.5)
    if answer.text_pieces < 2:
        return failed(message(_("the whole answer came in one piece")), points=0.75)
    return PASSED


CHECK = Check(
    id="streaming",
    title=_("Streams"),
    run=run,
    needs=("streaming",),
    depends_on=("answers",),
    weight=3,
    required=Required.IF_DECLARED,
    proves="streaming",
)
