"""Calls a tool according to its schema, and uses the tool's result in the answer."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .spelling import tells_number
from .tools import TOOLS, fault_of

CITY = "Curitiba"
PROMPT = f"What is the weather in {CITY} right now, in celsius? Use a tool."


def run(subject: Subject) -> Outcome:
    question = {"role": "user", "content": [{"text": PROMPT}]}
    asked = subject.converse([question], tools=TOOLS)
    if not asked.tool_uses:
        return failed(message(_("did not call a tool")))
    use = asked.tool_uses[0]
    fault = fault_of(use, city=CITY)
    if fault is not None:
        return failed(fault)
    if asked.stop_reason != "tool_use":
        return failed(
            message(
                _("called the tool, but gave the stop reason %(stop)s"), stop=asked.stop_reason
            ),
            points=0.5,
        )
    temperature = subject.number(11, 29, "temperature")
    # Converse requires a result for every tool call of a turn, including superfluous ones.
    results = [
        {
            "toolResult": {
                "toolUseId": each.id,
                "content": [{"json": {"temperature": temperature, "sky": "drizzle"}}],
            }
        }
        for each in asked.tool_uses
    ]
    answer = subject.converse(
        [question, asked.turn_to_send_back, {"role": "user", "content": results}], tools=TOOLS
    )
    if not tells_number(answer.text, temperature):
        return failed(
            message(_("the answer does not tell the tool's result, %(n)s"), n=temperature),
            points=0.5,
        )
    return PASSED


CHECK = Check(
    id="tool_call",
    title=_("Calls a tool"),
    run=run,
    needs=("tools",),
    depends_on=("answers",),
    weight=3,
    proves="tools",
)
