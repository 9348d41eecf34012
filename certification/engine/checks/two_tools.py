"""Makes two tool calls in one turn on request."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .tools import TOOLS, fault_of

CITIES = ("Recife", "Manaus")
PROMPT = (
    "Look up the weather in Recife and in Manaus, in celsius. Call the tool for both cities in "
    "the same turn."
)


def run(subject: Subject) -> Outcome:
    answer = subject.converse(PROMPT, tools=TOOLS, room=192)
    if not answer.tool_uses:
        return failed(message(_("did not call a tool")))
    right = sum(
        any(fault_of(use, city=city) is None for use in answer.tool_uses) for city in CITIES
    )
    if right == len(CITIES) == len(answer.tool_uses):
        return PASSED
    return failed(
        message(
            _("%(calls)s calls in the turn, %(right)s of the two cities right"),
            calls=len(answer.tool_uses),
            right=right,
        ),
        points=0.5 if right else 0.0,
    )


CHECK = Check(
    id="two_tools",
    title=_("Calls two tools in one turn"),
    run=run,
    needs=("tools",),
    depends_on=("answers", "tool_call"),
    proves="parallel_tools",
)
