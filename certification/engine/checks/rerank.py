"""A reranker returns a score for every document, best first."""

from __future__ import annotations

from typing import Any

from ..check import PASSED, Check, Outcome, Required, failed
from ..model import Kind
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message

QUERY = "How do I reset my password?"
DOCUMENTS = (
    "Our office is open from Monday to Friday, from nine to six.",
    "To reset your password, open Settings, choose Security and follow the link in the e-mail.",
    "The cafeteria serves feijoada on Wednesdays and Saturdays.",
    "Invoices are sent on the first working day of each month.",
)
BEST = 1


def run(subject: Subject) -> Outcome:
    body: dict[str, Any] = {
        "query": QUERY,
        "documents": list(DOCUMENTS),
        "top_n": len(DOCUMENTS),
    }
    if subject.model.api_model_id.startswith("cohere."):
        body["api_version"] = 2
    results = subject.invoke(body).get("results")
    try:
        ranked = [(int(item["index"]), float(item["relevance_score"])) for item in results or ()]
    except (KeyError, TypeError, ValueError, OverflowError):
        return failed(message(_("the results are not pairs of index and relevance score")))
    if sorted(index for index, _score in ranked) != list(range(len(DOCUMENTS))):
        return failed(message(_("the results do not hold every document once")))
    subject.kept["ranked"] = ranked
    scores = [score for _index, score in ranked]
    if scores != sorted(scores, reverse=True):
        return failed(message(_("the results are not in the order of their scores")), points=0.5)
    return PASSED


CHECK = Check(
    id="rerank",
    title=_("Ranks documents"),
    run=run,
    kinds=frozenset({Kind.RERANK}),
    weight=3,
    required=Required.ALWAYS,
    proves="rerank",
)
