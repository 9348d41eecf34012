"""Streams the answer that follows a tool's result."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from .streams import grammar_fault_of
from .tool_call import QUESTION
from .tools import TOOLS, result_fault_of, results_of


def run(subject: Subject) -> Outcome:
    asked = subject.kept["streamed_tool_turn"]
    temperature = subject.number(11, 29, "streamed temperature")
    result = results_of(asked, {"json": {"temperature": temperature, "sky": "drizzle"}})
    answer = subject.stream([QUESTION, asked.turn_to_send_back, result], tools=TOOLS, room=128)
    unused = result_fault_of(answer, temperature)
    if unused is not None:
        return failed(unused)
    fault = grammar_fault_of(answer)
    return PASSED if fault is None else failed(fault, points=0.5)


CHECK = Check(
    id="tool_result_streaming",
    title=_("Streams the answer to a tool's result"),
    run=run,
    needs=("tools", "streaming", "tools_streaming"),
    depends_on=("tool_streaming",),
)
