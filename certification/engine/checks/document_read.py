"""Reads an attached document."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .spelling import tells_code

QUESTION = "What is the reference code in the attached document? Answer with the code only."
DOCUMENT = """\
Delivery note

The goods below left the warehouse in good condition.
Reference code: {code}
Please keep this note until the invoice arrives.
"""


def run(subject: Subject) -> Outcome:
    code = f"QX-{subject.number(1000, 9999, 'document')}"
    document = {
        "document": {
            "format": "txt",
            "name": "delivery note",
            "source": {"bytes": DOCUMENT.format(code=code).encode()},
        }
    }
    answer = subject.converse(
        [{"role": "user", "content": [{"text": QUESTION}, document]}], room=64
    )
    if tells_code(answer.text, code):
        return PASSED
    return failed(message(_("did not find the code %(code)s"), code=code))


CHECK = Check(
    id="document_read",
    title=_("Reads a document"),
    run=run,
    needs=("document_input",),
    depends_on=("answers",),
    weight=2,
    proves="document_input",
)
