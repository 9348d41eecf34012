"""Takes a tool's result that is an error, and says so instead of making up an answer."""

from __future__ import annotations

import re

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .spelling import tells_number
from .tool_call import QUESTION
from .tools import TOOLS, results_of

DEGREES = re.compile(r"\d\s*(?:°|º|degrees|graus|celsius)", re.IGNORECASE)


def run(subject: Subject) -> Outcome:
    asked = subject.kept["tool_turn"]
    code = subject.number(4100, 4900, "tool error")
    result = results_of(
        asked, {"text": f"Error {code}: the weather station does not answer."}, is_error=True
    )
    answer = subject.converse([QUESTION, asked.turn_to_send_back, result], tools=TOOLS, room=160)
    # To call the tool again is right too.
    if answer.tool_uses or tells_number(answer.text, code):
        return PASSED
    if DEGREES.search(answer.text):
        return failed(message(_("the tool failed, and the answer tells a temperature")))
    return failed(message(_("the answer does not tell the tool's error, %(code)s"), code=code))


CHECK = Check(
    id="tool_error",
    title=_("Copes with a tool's error"),
    run=run,
    needs=("tools",),
    depends_on=("tool_call",),
)
