"""The routes of a model besides the one that the suite runs over: refused before it, or probed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .calls import Call
from .check import CheckError, Required
from .deadline import Deadline
from .errors import POLICIES, CallError, Category
from .model import Kind, ModelSpec, Route
from .subject import MalformedAnswer, Subject
from .suite import suite_for
from .transport import Transport
from .verdict import Verdict

PROBE: Final = "Answer with one word: what is the capital of France?"
# The least that every model of Bedrock accepts as maxTokens.
PROBE_LIMIT: Final = 16
# A picture costs as much as the whole suite of a text model.
TOO_COSTLY: Final = frozenset({Kind.IMAGE, Kind.IMAGE_EDIT})
# Refusals that say nothing about a model's other routes.
REFUSES_ROUTE: Final = frozenset(
    {
        Category.NEEDS_PROFILE,
        Category.NOT_AVAILABLE,
        Category.ACCESS,
        Category.POLICY,
        Category.ACCOUNT,
        # Each route has a quota of its own.
        Category.QUOTA,
    }
)


class RouteOutcome(StrEnum):
    WORKS = "WORKS"
    REFUSED = "REFUSED"
    NOT_PROBED = "NOT_PROBED"


@dataclass(frozen=True)
class RouteResult:
    """What is known of a route after a run.

    error:      the refusal, or why the route could not be probed; None for a route that works, and
                for one that a probe would make too costly
    latency_ms: of the call that decided it; for the route that the suite ran over, of its first
    """

    route: Route
    outcome: RouteOutcome
    error: CheckError | None = None
    latency_ms: int | None = None


def result_of(route: Route, calls: Sequence[Call], error: CheckError | None) -> RouteResult:
    """Returns the result of a route from its calls, and from the error that ended them, if any."""
    answered = next((call for call in calls if call.error is None), None)
    if answered is not None:
        return RouteResult(route, RouteOutcome.WORKS, latency_ms=answered.latency_ms)
    refused = error is not None and _is_final(error.category)
    outcome = RouteOutcome.REFUSED if refused else RouteOutcome.NOT_PROBED
    return RouteResult(route, outcome, error, calls[0].latency_ms if calls else None)


def _is_final(category: Category) -> bool:
    """Returns whether the same call would be refused again a moment later."""
    policy = POLICIES[category]
    if category is Category.DEADLINE or policy.retries:
        return False
    return policy.verdict is not Verdict.INCONCLUSIVE


def probe(
    model: ModelSpec, region: str, transport: Transport, deadline: Deadline, route: Route
) -> tuple[RouteResult, Sequence[Call]]:
    """Calls the model once over `route`. Returns the result and the call, which costs money."""
    if model.kind in TOO_COSTLY:
        return RouteResult(route, RouteOutcome.NOT_PROBED), ()
    subject = Subject(model, region, transport, deadline, route)
    error: CheckError | None = None
    try:
        if model.kind is Kind.TEXT:
            subject.converse(PROBE, limit=PROBE_LIMIT)
        else:
            next(each for each in suite_for(model) if each.required is Required.ALWAYS).run(subject)
    except CallError as failure:
        error = CheckError.of(failure)
    except MalformedAnswer:
        # The route answers.
        pass
    return result_of(route, subject.calls, error), subject.calls
