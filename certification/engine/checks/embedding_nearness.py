"""Texts with a similar meaning get more similar vectors than texts with different meanings."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, Required, failed
from ..model import Kind
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .embedding import cosine, embed

NEAR = "A kitten naps on the couch."
FAR = "The central bank raised interest rates this quarter."


def run(subject: Subject) -> Outcome:
    vector = subject.kept["vector"]
    near, far = cosine(vector, embed(subject, NEAR)), cosine(vector, embed(subject, FAR))
    if near > far:
        return PASSED
    return failed(
        message(
            _("the near text has a cosine of %(near)s, the far one %(far)s"),
            near=round(near, 3),
            far=round(far, 3),
        )
    )


CHECK = Check(
    id="embedding_nearness",
    title=_("Puts near texts near"),
    run=run,
    kinds=frozenset({Kind.EMBEDDING}),
    depends_on=("embeds",),
    weight=2,
    required=Required.ALWAYS,
)
