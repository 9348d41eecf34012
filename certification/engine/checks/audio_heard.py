"""Hears digits that are spoken in a recording."""

from __future__ import annotations

import re

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .speech import spoken
from .spelling import UNITS

QUESTION = "Which digits are spoken in this recording? Answer with the digits only."
# "oh" for zero.
DIGIT = re.compile(rf"\d|\b(?:{'|'.join((*UNITS[:10], 'oh'))})\b", re.IGNORECASE)


def run(subject: Subject) -> Outcome:
    digits = str(subject.number(1000, 9999, "recording"))
    audio = {"audio": {"format": "wav", "source": {"bytes": spoken(digits)}}}
    answer = subject.converse([{"role": "user", "content": [audio, {"text": QUESTION}]}], room=64)
    heard = "".join(_digit(found) for found in DIGIT.findall(answer.text))
    if heard == digits:
        return PASSED
    right = len(heard) == len(digits) and sum(map(str.__eq__, heard, digits))
    # The speech is synthetic, so one digit that is misheard does not refute the ability.
    return failed(
        message(
            _("heard %(heard)s where %(digits)s was spoken"), heard=heard or "–", digits=digits
        ),
        points=0.5 if right == len(digits) - 1 else 0.0,
    )


def _digit(found: str) -> str:
    word = found.lower()
    return found if found.isdigit() else str(UNITS.index("zero" if word == "oh" else word))


CHECK = Check(
    id="audio_heard",
    title=_("Hears a recording"),
    run=run,
    needs=("audio_input",),
    declared=True,
    depends_on=("answers",),
    weight=2,
    proves="audio_input",
)
