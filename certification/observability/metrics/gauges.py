"""How things stand at this moment, as gauges. Whoever is asked, the database's are the same: over
several processes take the `max`, not the `sum`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from certification import queries
from certification.states import Circuit, PairStatus

# A value by the values of its labels.
Values: TypeAlias = Iterable[tuple[tuple[str, ...], float]]


def reachable(answered: Mapping[str, bool]) -> Iterator[Metric]:
    """A gauge for each that was asked, 1 if it answered; see `probes`."""
    for name, up in answered.items():
        yield gauge(f"homologa_{name}_up", f"Whether the {name} answers this process.", value=up)


def from_database() -> list[Metric]:
    """Ten queries; none of them looks at pairs that have ended. Raises DatabaseError."""
    backlog = queries.workers.backlog()
    breakers = queries.circuit_breakers.of_regions()
    workers = queries.workers.counts_by_state()
    now = queries.totals.count()
    return [
        gauge(
            "homologa_queue_pairs",
            "Pairs of running jobs that nobody has begun: PENDING without a place, or QUEUED.",
            "status",
            values=[
                ((PairStatus.PENDING,), backlog.waiting),
                ((PairStatus.QUEUED,), backlog.queued),
            ],
        ),
        gauge(
            "homologa_queue_oldest_seconds",
            "How long ago the oldest of them was opened; 0 if there is none.",
            value=backlog.oldest.total_seconds() if backlog.oldest else 0,
        ),
        gauge(
            "homologa_region_pairs",
            "Open pairs by region, those of paused jobs too.",
            "region",
            "status",
            values=[
                ((breaker.region.pk, status), pairs)
                for breaker in breakers
                for status, pairs in (
                    (PairStatus.PENDING, breaker.waiting),
                    (PairStatus.QUEUED, breaker.queued),
                    (PairStatus.PROCESSING, breaker.processing),
                )
            ],
        ),
        gauge(
            "homologa_region_limit",
            "How many pairs of a region may be at work at a time.",
            "region",
            values=[((breaker.region.pk,), breaker.limit) for breaker in breakers],
        ),
        gauge(
            "homologa_breaker_state",
            "1 for the state that a region's circuit is in, 0 for the others.",
            "region",
            "state",
            values=[
                ((breaker.region.pk, state), breaker.circuit is state)
                for breaker in breakers
                for state in Circuit
            ],
        ),
        gauge(
            "homologa_workers",
            "Worker processes of the last day.",
            "state",
            values=[((state,), number) for state, number in workers.items()],
        ),
        gauge(
            "homologa_dead_letters",
            "Pairs that were given up and not answered since.",
            "status",
            values=[((status,), number) for status, number in now.dead_letters.items()],
        ),
        gauge(
            "homologa_jobs",
            "Jobs that have not ended.",
            "status",
            values=[((status,), number) for status, number in now.jobs.items()],
        ),
        gauge(
            "homologa_standings",
            "Standings of certifiable models in active regions, by their last verdict.",
            "region",
            "verdict",
            values=now.standings.items(),
        ),
        gauge(
            "homologa_stale_standings",
            "Those of them that are stale.",
            "region",
            values=[((region,), number) for region, number in now.stale.items()],
        ),
    ]


def gauge(
    name: str, help: str, *labels: str, value: float | None = None, values: Values = ()
) -> GaugeMetricFamily:
    """One `value`, or several by their labels."""
    family = GaugeMetricFamily(name, help, labels=labels)
    for of, number in [((), value)] if value is not None else values:
        family.add_metric(of, float(number))
    return family
