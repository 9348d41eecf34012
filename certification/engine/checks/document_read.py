"""Reads attached documents: a text, a PDF, a table and a Word document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ..check import Check, Outcome
from ..subject import Subject
from ..wording import gettext_noop as _
from .attachments import Attachment, read_all
from .documents import docx, pdf, table, txt
from .spelling import tells_code

QUESTION = "What are the reference codes in the attached documents? Answer with the codes only."
MAKERS: Final[dict[str, Callable[[Sequence[str]], bytes]]] = {
    "txt": txt,
    "pdf": pdf,
    "csv": table,
    "docx": docx,
}


def documents_for(subject: Subject) -> list[Attachment]:
    found = []
    for file_format, maker in MAKERS.items():
        code = f"QX-{subject.number(1000, 9999, 'document', file_format)}"
        lines = (
            "Delivery note",
            "The goods left the warehouse in good condition.",
            f"Reference code: {code}",
            "Please keep this note until the invoice arrives.",
        )
        document = {
            "format": file_format,
            "name": f"delivery note {file_format}",
            "source": {"bytes": maker(lines)},
        }
        found.append(Attachment(file_format, {"document": document}, code))
    return found


def run(subject: Subject) -> Outcome:
    return read_all(subject, "document_input", QUESTION, documents_for(subject), tells_code)


CHECK = Check(
    id="document_read",
    title=_("Reads documents"),
    run=run,
    needs=("document_input",),
    depends_on=("answers",),
    weight=2,
    proves="document_input",
)
