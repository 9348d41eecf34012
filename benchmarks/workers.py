"""Measures the certifications per second of 1, 2, 4 and 8 worker processes over the same pairs.

    .venv/bin/python -m benchmarks.workers [--workers 1 2 4 8] [--models 40] [--rounds 3]

Uses a local PostgreSQL and Valkey, and the simulator with 200 ms per call. Prints the median and
the load of the cores. Results are in benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import catalogue, cluster

CALL_MS = 200
PAIRS_AT_A_TIME = 8
REGIONS = 10


@dataclass(frozen=True)
class Round:
    """`rate` in certifications per second; `busy` is the used share of all cores, 0 to 1."""

    rate: float
    busy: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--models", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    more = {
        "CERTIFICATION_CONCURRENCY": str(PAIRS_AT_A_TIME),
        "CERTIFICATION_REGION_CONCURRENCY": "1000",
    }
    print(
        f"{os.cpu_count()} cores, {options.models * REGIONS} pairs, {CALL_MS} ms a call, "
        f"{PAIRS_AT_A_TIME} pairs at a time in each process\n\n"
        "| worker processes | certifications a second | cores busy |\n| ---: | ---: | ---: |"
    )
    with (
        tempfile.TemporaryDirectory(prefix="homologa-benchmark-") as folder,
        cluster.running_cluster(Path(folder), 0, latency_ms=CALL_MS, more=more) as running,
    ):
        for workers in options.workers:
            rounds = measure(running, workers, options.models, options.rounds)
            rate = statistics.median(each.rate for each in rounds)
            busy = statistics.median(each.busy for each in rounds)
            print(f"| {workers} | {rate:.1f} | {busy:.0%} |", flush=True)


def measure(running: cluster.Cluster, workers: int, models: int, rounds: int) -> list[Round]:
    """Returns the rounds after a first one that only warms the processes up."""
    for _ in range(workers):
        running.start_worker()
    found = [carry_out(models) for _ in range(rounds + 1)]
    running.stop_workers()
    return found[1:]


def carry_out(models: int) -> Round:
    from django.db.models import Max, Min

    from certification.jobs import opening
    from certification.models import CertificationJob

    busy, all_of_it = cpu_seconds()
    regions = catalogue.regions(REGIONS)
    job = opening.open_for_models(catalogue.models("embedding", models), regions).job
    while not CertificationJob.objects.filter(pk=job.pk, completed_at__isnull=False).exists():
        time.sleep(0.1)
    busy_then, all_then = cpu_seconds()
    times = job.certifications.aggregate(begin=Min("started_at"), end=Max("completed_at"))
    seconds = (times["end"] - times["begin"]).total_seconds()
    return Round(job.certifications.count() / seconds, (busy_then - busy) / (all_then - all_of_it))


def cpu_seconds() -> tuple[float, float]:
    """Returns the busy and the total CPU seconds of all cores (Linux)."""
    user, nice, system, idle, waiting, *rest = map(
        float, Path("/proc/stat").read_text().splitlines()[0].split()[1:8]
    )
    busy = user + nice + system + sum(rest)
    return busy, busy + idle + waiting


if __name__ == "__main__":
    main()
