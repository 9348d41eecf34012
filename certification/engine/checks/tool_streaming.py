"""Calls a tool while streaming: an ability of its own, which some models lack."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from .streams import grammar_fault_of
from .tool_call import CITY, QUESTION
from .tools import TOOLS, wrong_turn


def run(subject: Subject) -> Outcome:
    answer = subject.stream([QUESTION], tools=TOOLS, room=160)
    subject.kept["streamed_tool_turn"] = answer
    wrong = wrong_turn(answer, city=CITY)
    if wrong is not None:
        return wrong
    fault = grammar_fault_of(answer)
    return PASSED if fault is None else failed(fault, points=0.5)


CHECK = Check(
    id="tool_streaming",
    title=_("Calls a tool while streaming"),
    run=run,
    needs=("tools", "streaming", "tools_streaming"),
    depends_on=("streaming", "tool_call"),
    weight=2,
    proves="tools_streaming",
)
