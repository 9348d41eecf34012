"""An embedding model returns a vector of the dimension that the catalogue states."""

from __future__ import annotations

import math

from ..check import PASSED, Check, Outcome, Required, failed
from ..model import Kind
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .embedding import embed

TEXT = "The cat is sleeping on the sofa."


def run(subject: Subject) -> Outcome:
    vector = embed(subject, TEXT)
    subject.kept["vector"] = vector
    if not vector or not all(map(math.isfinite, vector)) or not any(vector):
        return failed(message(_("the vector is empty, zero or not finite")))
    expected = subject.model.embedding_dimension
    if expected is not None and len(vector) != expected:
        return failed(
            message(
                _("the vector has %(found)s dimensions, not %(expected)s"),
                found=len(vector),
                expected=expected,
            )
        )
    return PASSED


CHECK = Check(
    id="embeds",
    title=_("Embeds a text"),
    run=run,
    kinds=frozenset({Kind.EMBEDDING}),
    weight=3,
    required=Required.ALWAYS,
    proves="embeddings",
)
