"""Calls a tool where the request's toolChoice forces it: any one, and one by its name.

The third choice, auto, is part of `tool_call`. Claude and Nova take all (AWS's API reference);
some of them refuse to be forced, such as Claude Opus 5.5 (llama_index#23207), and declare that.
"""

from __future__ import annotations

from typing import Any

from ..check import PASSED, Check, Outcome, failed
from ..errors import CallError, Category
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .tools import CURRENCY, TOOLS, WEATHER

GREETING = "Good morning! Please greet me back."
# Another tool than the question asks for.
PROMPT = "How is the weather in Salvador today, in celsius?"


def run(subject: Subject) -> Outcome:
    any_one, refusal = _called(subject, GREETING, {"any": {}})
    named, other = _called(subject, PROMPT, {"tool": {"name": CURRENCY}})
    does_any = bool(any_one) and any_one <= {WEATHER, CURRENCY}
    does_named = named == {CURRENCY}
    if does_any and does_named:
        return PASSED
    if refusal is not None and other is not None:
        raise refusal
    if not does_any and not does_named:
        return failed(message(_("called no tool although the request forced it")))
    ignored = "tool" if does_any else "any"
    return failed(message(_("ignored the tool choice %(choice)s"), choice=ignored), points=0.5)


def _called(
    subject: Subject, question: str, choice: dict[str, Any]
) -> tuple[set[str], CallError | None]:
    """Returns the names of the tools that are called, and the refusal of the choice, if any: some
    families take one and not the other."""
    try:
        answer = subject.converse(question, tools=TOOLS, choice=choice, room=160)
    except CallError as error:
        if error.category not in (Category.CAPABILITY, Category.INVALID_REQUEST):
            raise
        return set(), error
    return {use.name for use in answer.tool_uses}, None


CHECK = Check(
    id="tool_choice",
    title=_("Obeys the tool choice"),
    run=run,
    needs=("tools", "tool_choice"),
    declared=True,
    depends_on=("tool_call",),
    proves="tool_choice",
)
