"""Takes its own thoughts back, with their signature unchanged, along with a tool's result.

Models that think by themselves have shown it in `tool_call`; the others are told to think.
Anthropic's user guide on extended and adaptive thinking: which models take which form.
"""

from __future__ import annotations

from typing import Any, Final

from ..check import PASSED, Check, Outcome, failed, not_shown
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .tools import TOOLS, result_fault_of, results_of

PROMPT = (
    "Think first: which is the capital of Bahia? Then use a tool to look up the weather in "
    "Salvador right now, in celsius, and tell it."
)
QUESTION = {"role": "user", "content": [{"text": PROMPT}]}
# The smallest budget that they take, in tokens; maxTokens must be larger.
BUDGET: Final = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
ADAPTIVE: Final = {"thinking": {"type": "adaptive"}}
# The first prefix that fits. Models that are not named think unless they are told not to.
FORMS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("anthropic.claude-3-7", BUDGET),
    ("anthropic.claude-opus-4-6", ADAPTIVE),
    ("anthropic.claude-opus-4-7", ADAPTIVE),
    ("anthropic.claude-opus-4-8", ADAPTIVE),
    ("anthropic.claude-sonnet-4-6", ADAPTIVE),
    ("anthropic.claude-opus-4", BUDGET),
    ("anthropic.claude-sonnet-4", BUDGET),
    ("anthropic.claude-haiku-4", BUDGET),
)


def run(subject: Subject) -> Outcome:
    if subject.kept.get("thoughts_sent_back"):
        return PASSED
    model_id = subject.model.api_model_id
    form = next((form for start, form in FORMS if model_id.startswith(start)), None)
    asked = subject.converse([QUESTION], tools=TOOLS, room=512, more=form)
    if not asked.is_signed:
        return not_shown(message(_("the model did not think on this turn")))
    if not asked.tool_uses:
        return failed(message(_("did not call a tool")))
    temperature = subject.number(11, 29, "thought")
    result = results_of(asked, {"json": {"temperature": temperature, "sky": "clear"}})
    answer = subject.converse(
        [QUESTION, asked.turn_to_send_back, result], tools=TOOLS, room=512, more=form
    )
    fault = result_fault_of(answer, temperature)
    return PASSED if fault is None else failed(fault, points=0.5)


CHECK = Check(
    id="thinking_replay",
    title=_("Takes its thoughts back"),
    run=run,
    needs=("reasoning", "tools", "signed_reasoning"),
    declared=True,
    depends_on=("tool_call",),
    proves="signed_reasoning",
)
