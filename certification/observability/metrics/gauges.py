"""Gauges of the present state.

Those from the database have the same value in every process: aggregate them over processes with
`max`, not `sum`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from certification import queries
from certification.states import Circuit, PairStatus

# Pairs of label values and value.
Values: TypeAlias = Iterable[tuple[tuple[str, ...], float]]


def dependencies_up(answered: Mapping[str, bool]) -> Iterator[Metric]:
    """Yields a gauge for each probed service: 1 if it answered, else 0 (see `probes.run`)."""
    for name, up in answered.items():
        yield gauge(f"homologa_{name}_up", f"Whether the {name} answers this process.", value=up)


def from_database() -> list[Metric]:
    """Returns the gauges that are read from the database. Raises DatabaseError.

    Ten queries; none reads ended pairs, so their cost does not grow with history.
    """
    backlog = queries.workers.backlog()
    breakers = queries.circuit_breakers.of_regions()
    workers = queries.workers.counts_by_state()
    totals = queries.totals.count()
    return [
        gauge(
            "homologa_queue_pairs",
            "Pairs of running jobs that no worker has claimed: PENDING without a slot, or QUEUED.",
            "status",
            values=[
                ((PairStatus.PENDING,), backlog.waiting),
                ((PairStatus.QUEUED,), backlog.queued),
            ],
        ),
        gauge(
            "homologa_queue_oldest_seconds",
            "Seconds since the oldest of these pairs was created; 0 if there is none.",
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
            "How many pairs of a region may be processed at the same time.",
            "region",
            values=[((breaker.region.pk,), breaker.limit) for breaker in breakers],
        ),
        gauge(
            "homologa_breaker_state",
            "1 for the present state of a region's circuit, 0 for the others.",
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
            "Dead letters that are not resolved yet.",
            "status",
            values=[((status,), number) for status, number in totals.dead_letters.items()],
        ),
        gauge(
            "homologa_jobs",
            "Jobs that have not ended.",
            "status",
            values=[((status,), number) for status, number in totals.jobs.items()],
        ),
        gauge(
            "homologa_standings",
            "Standings of certifiable models in active regions, by their last verdict.",
            "region",
            "verdict",
            values=totals.standings.items(),
        ),
        gauge(
            "homologa_stale_standings",
            "The stale ones of these standings.",
            "region",
            values=[((region,), number) for region, number in totals.stale.items()],
        ),
    ]


def gauge(
    name: str, help: str, *labels: str, value: float | None = None, values: Values = ()
) -> GaugeMetricFamily:
    """Returns a gauge with a single `value`, or with `values` by their labels."""
    family = GaugeMetricFamily(name, help, labels=labels)
    for label_values, number in [((), value)] if value is not None else values:
        family.add_metric(label_values, float(number))
    return family
