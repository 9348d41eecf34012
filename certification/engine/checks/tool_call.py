"""Calls a tool according to its schema, and uses the tool's result in the answer."""

from __future__ import annotations

from typing import Any

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .spelling import tells_number
from .tools import TOOLS, fault_of, results_of

CITY = "Curitiba"
PROMPT = (
    f"What is the weather in {CITY} right now, in celsius? Use a tool. If the tool fails, tell me "
    "its error code."
)
QUESTION = {"role": "user", "content": [{"text": PROMPT}]}


def run(subject: Subject) -> Outcome:
    # The default, and the only choice that is not forced: said where it is declared to be known.
    choice: dict[str, Any] | None = {"auto": {}} if subject.model.declares("tool_choice") else None
    asked = subject.converse([QUESTION], tools=TOOLS, choice=choice, room=160)
    subject.kept["tool_turn"] = asked
    if not asked.tool_uses:
        return failed(message(_("did not call a tool")))
    fault = fault_of(asked.tool_uses[0], city=CITY)
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
    result = results_of(asked, {"json": {"temperature": temperature, "sky": "drizzle"}})
    answer = subject.converse(
        [QUESTION, asked.turn_to_send_back, result], tools=TOOLS, choice=choice, room=128
    )
    subject.kept["thoughts_sent_back"] = asked.is_signed
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
