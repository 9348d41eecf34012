"""Shows that it reasons, in any answer of the run; without a call of its own.

Some models reason and hide it, so that none is seen proves nothing, and the check has no weight.
"""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, not_shown
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message


def run(subject: Subject) -> Outcome:
    if subject.reasoned:
        return PASSED
    return not_shown(message(_("no answer showed any reasoning")))


CHECK = Check(
    id="shows_reasoning",
    title=_("Shows its reasoning"),
    run=run,
    needs=("reasoning",),
    declared=True,
    depends_on=("answers",),
    weight=0,
    proves="reasoning",
)
