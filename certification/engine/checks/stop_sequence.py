"""Stops at a stop sequence, and reports it as the stop reason."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message

PROMPT = "Write the numbers from 1 to 10 in digits, separated by single spaces, and nothing else."
STOP = "7"


def run(subject: Subject) -> Outcome:
    answer = subject.converse(PROMPT, stop=[STOP], room=96)
    if answer.reasoned and not answer.text.strip() and answer.stop_reason == "stop_sequence":
        # The stop sequence occurred in the reasoning, and the model stopped there.
        return PASSED
    # Some models include the stop sequence in the text, some do not: both are documented.
    text = answer.text.strip().removesuffix(STOP)
    if "8" in text or STOP in text:
        return failed(message(_("went on after the stop sequence")))
    if "6" not in text:
        return failed(message(_("ended before the stop sequence could come")))
    if answer.stop_reason != "stop_sequence":
        return failed(
            message(_("stopped there, but gave the stop reason %(stop)s"), stop=answer.stop_reason),
            points=0.5,
        )
    return PASSED


CHECK = Check(
    id="stop_sequence",
    title=_("Honours a stop sequence"),
    run=run,
    needs=("stop_sequences",),
    depends_on=("answers",),
    proves="stop_sequences",
)
