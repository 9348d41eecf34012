"""How each circuit breaker stands: its places, who has them, and its circuit."""

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
    """`own_limit` is what staff set, `limit` what holds; the others count pairs."""

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
    """One for each active region, each that is shut, and `also`, by code. Four queries."""
    kept = {
        breaker.pk: breaker
        for breaker in CircuitBreaker.objects.annotate(may_be_tried=Q(retry_at__lte=Now()))
    }
    open_regions = {breaker.pk for breaker in kept.values() if breaker.opened_at}
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
        _line(region, kept.get(region.pk), open_pairs, failures.get(region.pk, 0))
        for region in registry.all_regions()
        if region.is_active or region.pk in open_regions or region.pk == also
    ]


def open_count() -> int:
    """How many regions are shut, or on trial."""
    return CircuitBreaker.objects.filter(opened_at__isnull=False).count()


def _line(
    region: Region, kept: CircuitBreaker | None, pairs: Counter[tuple[str, str]], failed_models: int
) -> BreakerLine:
    own_limit = kept.limit if kept else None
    return BreakerLine(
        region=region,
        circuit=_circuit(kept),
        limit=own_limit or settings.CERTIFICATION_REGION_CONCURRENCY,
        own_limit=own_limit,
        processing=pairs[region.pk, PairStatus.PROCESSING],
        queued=pairs[region.pk, PairStatus.QUEUED],
        waiting=pairs[region.pk, PairStatus.PENDING],
        failed_models=failed_models,
        failed_probes=kept.failed_probes if kept else 0,
        reason=kept.reason if kept else "",
        opened_at=kept.opened_at if kept else None,
        retry_at=kept.retry_at if kept else None,
    )


def _circuit(kept: CircuitBreaker | None) -> Circuit:
    if kept is None or kept.opened_at is None:
        return Circuit.CLOSED
    # The annotation of gates().
    return Circuit.HALF_OPEN if getattr(kept, "may_be_tried", False) else Circuit.OPEN
