"""The document that answers the question comes first, by a clear margin."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, Required, failed
from ..model import Kind
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .rerank import BEST


def run(subject: Subject) -> Outcome:
    ranked: list[tuple[int, float]] = subject.kept["ranked"]
    first, best_score = ranked[0]
    if first != BEST:
        place = [index for index, _score in ranked].index(BEST) + 1
        return failed(message(_("the right document came in place %(place)s"), place=place))
    if best_score <= ranked[1][1]:
        return failed(message(_("the right document is no better than the next")), points=0.5)
    return PASSED


CHECK = Check(
    id="rerank_order",
    title=_("Ranks the right one first"),
    run=run,
    kinds=frozenset({Kind.RERANK}),
    depends_on=("rerank",),
    weight=3,
    required=Required.ALWAYS,
)
