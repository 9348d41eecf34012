"""Returns Portuguese text, other scripts and symbols unchanged."""

from __future__ import annotations

import unicodedata

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .spelling import unfenced

LINE = "Ação, coração, pinguim, avô e avó: às três, João pôs 5 pães à mesa. ✓ 日本 € 🚆"
INSTRUCTION = "Repeat the following line exactly, with every accent and symbol, and nothing else:\n"


def run(subject: Subject) -> Outcome:
    # Composed and decomposed accents are equivalent.
    answer = subject.converse(INSTRUCTION + LINE, room=192)
    text = unicodedata.normalize("NFC", unfenced(answer.text))
    # The variation selector only changes how an emoji is drawn.
    text = text.replace("\ufe0f", "")
    if text.strip("\"'`“”*\n ") == LINE:
        return PASSED
    if LINE in text:
        return failed(message(_("the line is whole, but not alone")), points=0.75)
    if "�" in text:
        return failed(message(_("characters were broken")))
    missing = sorted({c for c in LINE if not c.isascii()} - set(text))
    if missing:
        return failed(message(_("characters were lost: %(lost)s"), lost=" ".join(missing)))
    return failed(message(_("the line was changed")), points=0.25)


CHECK = Check(
    id="unicode_pt",
    title=_("Keeps Portuguese and Unicode"),
    run=run,
    depends_on=("answers",),
    weight=2,
)
