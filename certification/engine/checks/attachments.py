"""Asks about files of several formats: all of them in one call, and again alone those that the
answer misses, since some models take one file at a time.

A model that refuses the first file alone too is asked for no more, nor is one that does not declare
the ability once it has refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..check import PASSED, Outcome, failed
from ..errors import CallError, Category
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message

REFUSALS: Final = frozenset(
    {Category.CAPABILITY, Category.PARAMETER, Category.CONTEXT, Category.INVALID_REQUEST}
)


@dataclass(frozen=True)
class Attachment:
    """A content block with a file, and what only a model that has read it can tell."""

    format: str
    block: dict[str, Any]
    secret: str


def read_all(
    subject: Subject,
    ability: str,
    question: str,
    files: Sequence[Attachment],
    tells: Callable[[str, str], bool],
) -> Outcome:
    """Grades by the share of the formats that were read; `tells` says whether a text holds a
    secret. Raises CallError if the model refuses them."""
    told, refusal = _ask(subject, question, files)
    if refusal is not None and not subject.model.declares(ability):
        raise refusal
    missed = [file for file in files if not tells(told, file.secret)]
    for file in tuple(missed):
        told, refused = _ask(subject, question, [file])
        if refusal is not None and refused is not None and file is files[0]:
            raise refused
        if tells(told, file.secret):
            missed.remove(file)
    if not missed:
        return PASSED
    note = message(
        _("did not read: %(formats)s"), formats=", ".join(file.format for file in missed)
    )
    return failed(note, points=1 - len(missed) / len(files))


def _ask(
    subject: Subject, question: str, files: Sequence[Attachment]
) -> tuple[str, CallError | None]:
    content = [*(file.block for file in files), {"text": question}]
    try:
        answer = subject.converse([{"role": "user", "content": content}], room=96)
    except CallError as error:
        if error.category not in REFUSALS:
            raise
        return "", error
    return answer.text, None
