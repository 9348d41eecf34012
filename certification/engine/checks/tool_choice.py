"""Calls a tool where the request's toolChoice forces it: any one, and one by its name.

The third choice, auto, is part of `tool_call`. Models that refuse to be forced, such as Claude
Opus 5.5 (llama_index#23207), declare that.
"""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .tools import CURRENCY, TOOLS, WEATHER

GREETING = "Good morning! Please greet me back."
# Another tool than the question asks for.
PROMPT = "How is the weather in Salvador today, in celsius?"


def run(subject: Subject) -> Outcome:
    any_one = subject.converse(GREETING, tools=TOOLS, choice={"any": {}}, room=160)
    named = subject.converse(PROMPT, tools=TOOLS, choice={"tool": {"name": CURRENCY}}, room=160)
    called = {use.name for use in any_one.tool_uses}
    does_any = bool(called) and called <= {WEATHER, CURRENCY}
    does_named = {use.name for use in named.tool_uses} == {CURRENCY}
    if does_any and does_named:
        return PASSED
    if not does_any and not does_named:
        return failed(message(_("called no tool although the request forced it")))
    ignored = "tool" if does_any else "any"
    return failed(message(_("ignored the tool choice %(choice)s"), choice=ignored), points=0.5)


CHECK = Check(
    id="tool_choice",
    title=_("Obeys the tool choice"),
    run=run,
    needs=("tools", "tool_choice"),
    declared=True,
    depends_on=("tool_call",),
    proves="tool_choice",
)
