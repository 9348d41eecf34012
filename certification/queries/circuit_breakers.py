"""The circuit breaker of each region: its state, its limit, and the open pairs of the region."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q
from django.db.models.functions import Now

from certification.models import CircuitBreaker, JobCertification, RegionFailure
from certification.states import OPEN_PAIR, Circuit, PairStatus
from models_registry import queries as registry
from models_registry.models import Region

from .counting import counts


@dataclass(frozen=True)
class BreakerLine:
    """The state of one region's circuit breaker.

    limit:     pairs of the region that may be PROCESSING at the same time
    own_limit: the limit that staff set for this region; None: the deployment's limit applies
    processing, queued, waiting: numbers of pairs (PROCESSING, QUEUED, PENDING)
    failed_models: different models that failed since the region last answered
    """

    region: Region
    circuit: Circuit
    limit: int
    own_limit: int | None
    processing: int
    queued: int
    waiting: int
    failed_models: int
    failed_probes: int
    reason: str
    opened_at: datetime | None
    retry_at: datetime | None


def of_regions(also: str = "") -> list[BreakerLine]:
    """Returns the regions that are active, whose circuit is not closed, or whose code is `also`,
    ordered by code. Four queries."""
    breakers = {
        breaker.pk: breaker
        for breaker in CircuitBreaker.objects.annotate(may_be_tried=Q(retry_at__lte=Now()))
    }
    open_regions = {breaker.pk for breaker in breakers.values() if breaker.opened_at}
    open_pairs: Counter[tuple[str, str]] = Counter()
    for region, status, pairs in (
        JobCertification.objects.filter(status__in=OPEN_PAIR)
        .order_by()
        .values_list("region_id", "status")
        .annotate(pairs=Count("pk"))
    ):
        open_pairs[region, status] = pairs
    failures = counts(RegionFailure.objects.all(), "region")
    return [
        _line(region, breakers.get(region.pk), open_pairs, failures.get(region.pk, 0))
        for region in registry.all_regions()
        if region.is_active or region.pk in open_regions or region.pk == also
    ]


def open_count() -> int:
    """Returns the number of regions whose circuit is open or half-open."""
    return CircuitBreaker.objects.filter(opened_at__isnull=False).count()


def _line(
    region: Region,
    breaker: CircuitBreaker | None,
    pairs: Counter[tuple[str, str]],
    failed_models: int,
) -> BreakerLine:
    own_limit = breaker.limit if breaker else None
    return BreakerLine(
        region=region,
        circuit=_circuit(breaker),
        limit=own_limit or settings.CERTIFICATION_REGION_CONCURRENCY,
        own_limit=own_limit,
        processing=pairs[region.pk, PairStatus.PROCESSING],
        queued=pairs[region.pk, PairStatus.QUEUED],
        waiting=pairs[region.pk, PairStatus.PENDING],
        failed_models=failed_models,
        failed_probes=breaker.failed_probes if breaker else 0,
        reason=breaker.reason if breaker else "",
        opened_at=breaker.opened_at if breaker else None,
        retry_at=breaker.retry_at if breaker else None,
    )


def _circuit(breaker: CircuitBreaker | None) -> Circuit:
    if breaker is None or breaker.opened_at is None:
        return Circuit.CLOSED
    # Annotated by of_regions().
    return Circuit.HALF_OPEN if getattr(breaker, "may_be_tried", False) else Circuit.OPEN
