"""CountTokens counts as many input tokens as the usage of the same request tells.

The call is free. Bedrock offers it for some models, in some regions, so a refusal tells nothing;
and its right is one of its own in IAM.
"""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, failed, not_shown
from ..errors import CallError
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .answers import QUESTION

# The share, and the number of tokens, by which the two may differ.
SHARE = 0.02
TOKENS = 3


def run(subject: Subject) -> Outcome:
    told = subject.kept["question_tokens"]
    if not told:
        return not_shown(message(_("the usage tells no input tokens to compare with")))
    try:
        counted = subject.count_tokens(QUESTION)
    except CallError as error:
        if error.policy.stops_run:
            raise
        return not_shown(message(_("CountTokens was refused: %(text)s"), text=error.text))
    if abs(counted - told) <= max(TOKENS, SHARE * told):
        return PASSED
    return failed(
        message(
            _("CountTokens counts %(counted)s tokens where the usage tells %(told)s"),
            counted=counted,
            told=told,
        )
    )


CHECK = Check(
    id="count_tokens",
    title=_("Counts tokens as it bills them"),
    run=run,
    needs=("count_tokens",),
    depends_on=("answers",),
    weight=0.5,
    proves="count_tokens",
)
