"""Respects maxTokens, and reports it as the stop reason."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message

PROMPT = "Write a story of at least five hundred words about a lighthouse keeper."
LIMIT = 32
# Tokens: some families count the end-of-turn marker too and exceed the limit by it.
SLACK = 2


def run(subject: Subject) -> Outcome:
    answer = subject.converse(PROMPT, limit=LIMIT)
    if answer.output_tokens > LIMIT + SLACK:
        return failed(
            message(
                _("%(tokens)s output tokens where %(limit)s were allowed"),
                tokens=answer.output_tokens,
                limit=LIMIT,
            )
        )
    if answer.stop_reason != "max_tokens":
        return failed(
            message(_("ended with stop reason %(stop)s"), stop=answer.stop_reason), points=0.5
        )
    return PASSED


CHECK = Check(
    id="max_tokens",
    title=_("Honours the token limit"),
    run=run,
    depends_on=("answers",),
)
