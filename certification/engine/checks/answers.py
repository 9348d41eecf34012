"""The model answers a simple question. Most other checks depend on this one."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, Required, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message

QUESTION = "What is the capital of France? Answer in one short sentence."


def run(subject: Subject) -> Outcome:
    answer = subject.converse(QUESTION, room=128)
    subject.kept["question_tokens"] = answer.input_tokens
    if not answer.text.strip():
        return failed(
            message(_("the answer has no text (stop reason %(stop)s)"), stop=answer.stop_reason)
        )
    if "paris" not in answer.text.lower():
        return failed(message(_("answered, but not with Paris")))
    if answer.stop_reason not in ("end_turn", "stop_sequence"):
        return failed(
            message(_("ended with stop reason %(stop)s"), stop=answer.stop_reason), points=0.5
        )
    return PASSED


CHECK = Check(
    id="answers",
    title=_("Answers"),
    run=run,
    weight=3,
    required=Required.ALWAYS,
)
