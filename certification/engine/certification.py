"""The result of one run of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from .check import CheckError, CheckResult
from .errors import POLICIES, Category
from .model import Route
from .routes import RouteResult
from .verdict import Verdict


@dataclass(frozen=True)
class Certification:
    """Verdict, score and every check of one model in one region.

    score (0-100), rating (0.0-5.0), grade (A-F) and badge are None without enough judged checks.
    Times in ms, cost in USD (None where a price is unknown).

    error:       the cause of a verdict other than PASSED
    retries:     how many more attempts could change the outcome
    retry_after: the longest Retry-After that the service sent, in seconds
    route:       the one that the checks ran over; None if the pair was not run
    routes:      every allowed route in order, each judged or not
    dead:        declared abilities of which a check got no points; with one there is no badge
    endpoint:    the URL that was called in AWS's place; "" for AWS itself
    proved:      abilities that this run confirmed (true) or found missing (false)
    """

    api_model_id: str
    region: str
    verdict: Verdict
    results: tuple[CheckResult, ...]
    suite_version: str
    duration_ms: int
    score: float | None = None
    rating: float | None = None
    grade: str | None = None
    badge: str | None = None
    error: CheckError | None = None
    retries: int = 0
    retry_after: float | None = None
    proved: Mapping[str, bool] = field(default_factory=dict)
    dead: tuple[str, ...] = ()
    simulated: bool = False
    endpoint: str = ""
    latency_ms: int | None = None
    ttft_ms: int | None = None
    tokens_per_second: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal | None = None
    route: Route | None = None
    routes: tuple[RouteResult, ...] = ()

    @property
    def unsteady(self) -> int:
        """Returns the number of checks whose asks had different outcomes."""
        return sum(result.unsteady for result in self.results)

    @property
    def advice(self) -> str | None:
        """One sentence for the operator: an English msgid of the translation catalogue."""
        return POLICIES[Category(self.error.category)].advice if self.error else None


def not_judged(
    api_model_id: str, region: str, category: Category, text: str, trace: str = ""
) -> Certification:
    """Returns the result of a pair that was not run, with the verdict of its error category."""
    return Certification(
        api_model_id=api_model_id,
        region=region,
        verdict=POLICIES[category].verdict,
        results=(),
        suite_version="",
        duration_ms=0,
        error=CheckError(category, "", text, trace),
    )
