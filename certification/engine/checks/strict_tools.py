"""Keeps a tool's schema that is marked as strict, where the question goes against it."""

from __future__ import annotations

from typing import Any

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .tools import TOOLS, fault_of

CITY = "Fortaleza"
# The schema knows no kelvin.
PROMPT = f"What is the weather in {CITY} right now, in kelvin? Use the tool."
STRICT = {"toolSpec": {**TOOLS[0]["toolSpec"], "strict": True}}


def run(subject: Subject) -> Outcome:
    choice: dict[str, Any] | None = {"any": {}} if subject.model.declares("tool_choice") else None
    answer = subject.converse(PROMPT, tools=[STRICT], choice=choice, room=160)
    if not answer.tool_uses:
        return failed(message(_("did not call a tool")))
    fault = fault_of(answer.tool_uses[0], city=CITY, unit=None)
    return PASSED if fault is None else failed(fault)


CHECK = Check(
    id="strict_tools",
    title=_("Keeps a tool's strict schema"),
    run=run,
    needs=("tools", "strict_tools"),
    declared=True,
    depends_on=("tool_call",),
    proves="strict_tools",
)
