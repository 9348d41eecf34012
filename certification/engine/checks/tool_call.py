"""Calls a tool according to its schema, and uses the tool's result in the answer."""

from __future__ import annotations

from typing import Any

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from .tools import TOOLS, result_fault_of, results_of, wrong_turn

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
    wrong = wrong_turn(asked, city=CITY)
    if wrong is not None:
        return wrong
    temperature = subject.number(11, 29, "temperature")
    result = results_of(asked, {"json": {"temperature": temperature, "sky": "drizzle"}})
    answer = subject.converse(
        [QUESTION, asked.turn_to_send_back, result], tools=TOOLS, choice=choice, room=128
    )
    subject.kept["thoughts_sent_back"] = asked.is_signed
    fault = result_fault_of(answer, temperature)
    return PASSED if fault is None else failed(fault, points=0.5)


CHECK = Check(
    id="tool_call",
    title=_("Calls a tool"),
    run=run,
    needs=("tools",),
    depends_on=("answers",),
    weight=3,
    proves="tools",
)
