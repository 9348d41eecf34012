"""Streams the answer that follows a tool's result."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .spelling import tells_number
from .tool_call import QUESTION
from .tools import TOOLS, results_of


def run(subject: Subject) -> Outcome:
    asked = subject.kept["streamed_tool_turn"]
    temperature = subject.number(11, 29, "streamed temperature")
    result = results_of(asked, {"json": {"temperature": temperature, "sky": "drizzle"}})
    answer = subject.stream([QUESTION, asked.turn_to_send_back, result], tools=TOOLS, room=128)
    if not tells_number(answer.text, temperature):
        return failed(
            message(_("the answer does not tell the tool's result, %(n)s"), n=temperature)
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
    id="tool_result_streaming",
    title=_("Streams the answer to a tool's result"),
    run=run,
    needs=("tools", "streaming", "tools_streaming"),
    depends_on=("tool_streaming",),
)
