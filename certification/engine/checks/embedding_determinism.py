"""The same text gets the same vector."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, Required, failed
from ..model import Kind
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .embedding import cosine, embed
from .embeds import TEXT

# The cosine may be this low: hardware differs in floating-point precision.
SAME = 0.9999
# Below this the vector says nothing about the text.
ALIKE = 0.99


def run(subject: Subject) -> Outcome:
    similarity = cosine(subject.kept["vector"], embed(subject, TEXT))
    if similarity >= SAME:
        return PASSED
    return failed(
        message(
            _("the same text twice has a cosine of only %(similarity)s"),
            similarity=round(similarity, 4),
        ),
        points=0.5 if similarity >= ALIKE else 0.0,
    )


CHECK = Check(
    id="embedding_determinism",
    title=_("Embeds the same text alike"),
    run=run,
    kinds=frozenset({Kind.EMBEDDING}),
    depends_on=("embeds",),
    weight=1,
    required=Required.ALWAYS,
)
