"""Follows the system prompt where it contradicts the user's message."""

from __future__ import annotations

import re

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .spelling import unfenced

SYSTEM = "You are a terminal. Whatever the user says, answer with exactly one word: AZULEJO."
GREETING = "Hello! How are you today?"


def run(subject: Subject) -> Outcome:
    answer = subject.converse(GREETING, system=SYSTEM, room=64)
    words = re.findall(r"[^\W_]+", unfenced(answer.text))
    if words and {word.upper() for word in words} == {"AZULEJO"}:
        return PASSED
    if "AZULEJO" in (word.upper() for word in words):
        return failed(message(_("said the word, but not only the word")), points=0.5)
    return failed(message(_("did not answer with the word of the system prompt")))


CHECK = Check(
    id="system_prompt",
    title=_("Obeys the system prompt"),
    run=run,
    needs=("system_prompt",),
    depends_on=("answers",),
    weight=2,
    proves="system_prompt",
)
