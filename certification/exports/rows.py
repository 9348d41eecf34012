"""The rows of a report. They are read from the database while iterated over, never all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Count, F, Q, QuerySet, When
from django.utils import timezone
from django.utils.translation import get_language, gettext

from certification import queries
from certification.models import CertificationJob, JobCertification, ModelCertification
from certification.outcomes import advice, standings
from certification.queries.shown_standings import stale_reason_of, status_of
from certification.states import OPEN_PAIR, PairStatus, StandingStatus

# Rows per fetch from the database.
FETCH_SIZE: Final = 1_000

LABELS: Final = {**dict(StandingStatus.choices), **dict(PairStatus.choices)}


@dataclass(frozen=True)
class Row:
    """A pair of a job, or a standing. Durations in ms, cost in USD, score 0 to 100, rating 0 to 5.

    `verdict` is a StandingStatus, or empty if there is none (yet). `attempts` is None for a
    standing, `stale_reason` is empty for a pair of a job. Labels and advice are translated.
    `route_kind` and `route_id` are those of the route that was judged, `routes` is what came of
    every route (evidence.of_routes).
    """

    model_id: UUID
    model_name: str
    api_model_id: str
    vendor: str
    region: str
    status: str
    status_label: str
    verdict: str
    verdict_label: str
    passed: bool | None
    score: float | None
    grade: str
    rating: float | None
    badge: str | None
    duration_ms: int | None
    latency_ms: int | None
    ttft_ms: int | None
    tokens_per_second: float | None
    input_tokens: int
    output_tokens: int
    cost: Decimal | None
    error_category: str
    error_code: str
    error_message: str
    advice: str
    stale_reason: str
    attempts: int | None
    simulated: bool | None
    endpoint: str
    proved: Mapping[str, bool]
    dead: Sequence[str]
    unsteady: int
    route_kind: str
    route_id: str
    routes: Sequence[Mapping[str, Any]]
    suite_version: str
    started_at: datetime | None
    completed_at: datetime | None

    @property
    def outcome(self) -> str:
        """Returns the verdict, or the status if there is none."""
        return self.verdict or self.status

    @property
    def dead_in_words(self) -> str:
        return ", ".join(self.dead)

    @property
    def routes_in_words(self) -> str:
        """Returns a text such as “GEO eu.m WORKS 40 ms; GLOBAL global.m REFUSED POLICY 7 ms”."""
        return "; ".join(map(_in_words, self.routes))


def _in_words(route: Mapping[str, Any]) -> str:
    latency = route["latencyMs"]
    took = "" if latency is None else f"{latency} ms"
    parts = (route["kind"], route["id"], route["outcome"], route["category"], took)
    return " ".join(part for part in parts if part)


@dataclass(frozen=True)
class Report:
    """A report to export.

    name:      part of the file name
    language:  the language to export in
    counts:    number of rows by status of a pair, or by outcome of a standing; without zeros, in
               the order of LABELS
    simulated: whether any row comes from the simulator
    rows:      can be iterated over once
    """

    kind: Literal["job", "standings"]
    name: str
    title: str
    made_at: datetime
    language: str
    counts: Mapping[str, int]
    simulated: bool
    rows: Iterable[Row]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def counts_in_words(self) -> str:
        """Returns a text such as “3 passed, 1 failed”, in the active language."""
        return ", ".join(f"{count} {LABELS[code]}" for code, count in self.counts.items())


def of_job(job: CertificationJob, selected: QuerySet[JobCertification] | None = None) -> Report:
    """Returns a report of the pairs of a job: of all, or of those `selected`, in their order, which
    must not be sliced."""
    pairs = queries.pairs.of_job(job) if selected is None else selected
    counts, simulated = _counts_by_outcome(pairs, F("status"))
    return Report(
        kind="job",
        name=f"job-{str(job.pk)[:8]}",
        title=gettext("Certification job %(job)s") % {"job": job.pk},
        made_at=timezone.now().astimezone(UTC),
        language=get_language() or settings.LANGUAGE_CODE,
        counts=counts,
        simulated=simulated,
        rows=map(_of_pair, pairs.iterator(FETCH_SIZE)),
    )


def of_standings(selected: QuerySet[ModelCertification]) -> Report:
    """Returns a report of standings, in the order of the queryset, which must not be sliced."""
    outcome = Case(When(verdict="", then=F("status")), default=F("verdict"))
    counts, simulated = _counts_by_outcome(selected, outcome)
    # `test_results` is many times as large as all other columns together, and not exported.
    rows = selected.select_related("model").defer("test_results").iterator(FETCH_SIZE)
    return Report(
        kind="standings",
        name="standings",
        title=gettext("Certification of models by region"),
        made_at=timezone.now().astimezone(UTC),
        language=get_language() or settings.LANGUAGE_CODE,
        counts=counts,
        simulated=simulated,
        rows=map(_of_standing, rows),
    )


def _counts_by_outcome(selected: QuerySet[Any], outcome: Any) -> tuple[dict[str, int], bool]:
    tallies = (
        selected.order_by()
        .values_list(outcome)
        .annotate(n=Count("pk"), simulated=Count("pk", filter=Q(simulated=True)))
    )
    by_outcome = {code: (n, simulated) for code, n, simulated in tallies}
    counts = {code: by_outcome[code][0] for code in LABELS if code in by_outcome}
    return counts, any(simulated for _, simulated in by_outcome.values())


def _of_pair(pair: JobCertification) -> Row:
    judged = pair.status not in (*OPEN_PAIR, PairStatus.CANCELLED)
    return _row(pair, standings.verdict_of(pair) if judged else "", attempts=pair.attempt)


def _of_standing(standing: ModelCertification) -> Row:
    return _row(
        standing,
        standing.verdict,
        stale_reason=stale_reason_of(standing),
        status=status_of(standing),
    )


def _row(
    record: JobCertification | ModelCertification,
    verdict: str,
    *,
    attempts: int | None = None,
    stale_reason: str = "",
    status: str = "",
) -> Row:
    return Row(
        model_id=record.model_id,
        model_name=record.model.name,
        api_model_id=record.model.api_model_id,
        vendor=record.model.vendor,
        region=record.region_id,
        status=status or record.status,
        status_label=record.get_status_display(),
        verdict=str(verdict),
        verdict_label=str(LABELS[verdict]) if verdict else "",
        passed=record.passed,
        score=record.score,
        grade=record.grade,
        rating=record.rating,
        badge=record.badge,
        duration_ms=record.duration_ms,
        latency_ms=record.latency_ms,
        ttft_ms=record.ttft_ms,
        tokens_per_second=record.tokens_per_second,
        input_tokens=record.input_tokens,
        output_tokens=record.output_tokens,
        cost=record.cost,
        error_category=record.error_category,
        error_code=record.error_code,
        error_message=record.error_message,
        advice=advice.advice_on(record.error_category),
        stale_reason=stale_reason,
        attempts=attempts,
        simulated=record.simulated,
        endpoint=record.endpoint,
        proved=record.proved,
        dead=record.dead,
        unsteady=record.unsteady,
        route_kind=record.route_kind,
        route_id=record.route_id,
        routes=record.routes,
        suite_version=record.suite_version,
        started_at=record.started_at,
        completed_at=record.completed_at,
    )
