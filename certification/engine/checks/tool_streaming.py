"""Calls a tool while streaming: an ability of its own, which some models lack."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .tool_call import CITY, QUESTION
from .tools import TOOLS, fault_of


def run(subject: Subject) -> Outcome:
    answer = subject.stream([QUESTION], tools=TOOLS, room=160)
    subject.kept["streamed_tool_turn"] = answer
    if not answer.tool_uses:
        return failed(message(_("did not call a tool")))
    fault = fault_of(answer.tool_uses[0], city=CITY)
    if fault is not None:
        return failed(fault)
    if answer.stop_reason != "tool_use":
        return failed(
            message(
                _("called the tool, but gave the stop reason %(stop)s"), stop=answer.stop_reason
            ),
            points=0.5,
        )
    if answer.problems:
        return failed(
            message(
                _("the stream broke its own grammar: %(problems)s"),
                problems="; ".join(map(str, answer.problems)),
            ),
            points=0.5,
        )
    return PASSED


CHECK = Check(
    id="tool_streaming",
    title=_("Calls a tool while streaming"),
    run=run,
    needs=("tools", "streaming", "tools_streaming"),
    depends_on=("streaming", "tool_call"),
    weight=2,
    proves="tools_streaming",
)
