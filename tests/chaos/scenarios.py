"""The scenarios: jobs with injected faults, run until all jobs have ended, then the invariants."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Max

from certification.jobs import lifecycle, opening
from certification.models import CertificationJob, JobCertification, Worker
from certification.states import OPEN_PAIR, PairStatus

from . import catalogue, faults, invariants, status_log
from .cluster import Cluster, with_retries
from .faults import Fault

WORKERS = 4
MESSAGES: tuple[Fault, ...] = (faults.copy_the_queue, faults.publish_pairs_in_every_state)
EVERYTHING: tuple[Fault, ...] = (
    *MESSAGES,
    faults.kill_a_worker,
    faults.stop_a_worker,
    faults.freeze_a_worker,
    faults.start_a_worker_with_a_wrong_clock,
    faults.restart_the_broker_empty,
    faults.freeze_the_broker,
    faults.flush_the_queue,
    faults.restart_the_database,
    faults.cut_the_connections,
    faults.make_regions_misbehave,
    faults.pause_a_job_for_a_while,
    faults.open_two_jobs_over_the_same_pairs,
)


@dataclass
class Outcome:
    """The result of a scenario. `wrong` holds violations by invariant, `figures` lines to print."""

    scenario: str
    seconds: float
    injected: dict[str, int]
    pairs: int
    wrong: dict[str, list[str]]
    figures: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        return any(self.wrong.values())


def kills(cluster: Cluster, count: int = 50, models: int = 168, regions: int = 30) -> Outcome:
    """Workers are killed with -9 at random moments; each is replaced at once."""
    with _Run(cluster, "kills", WORKERS) as run:
        # Makes the pairs last longer than the series of kills.
        cluster.simulator_api("PUT", "faults", [{"fault": "slow", "latency_ms": 200}])
        _open(models, regions)
        run.inject((faults.kill_a_worker,), count=count, mean_pause=2.0)
        run.settle(600)
        run.figures.append(_reclaimed(cluster))
    return run.outcome()


def restarts(cluster: Cluster, count: int = 5, models: int = 168, regions: int = 30) -> Outcome:
    """Valkey, which restarts empty, and PostgreSQL are restarted `count` times each."""
    with _Run(cluster, "restarts", WORKERS) as run:
        _open(models, regions)
        for _ in range(count):
            run.inject((faults.restart_the_broker_empty,), count=1, mean_pause=5.0)
            run.inject((faults.restart_the_database,), count=1, mean_pause=5.0)
        run.settle(600)
    return run.outcome()


def same_pairs(cluster: Cluster, models: int = 40, regions: int = 10) -> Outcome:
    """Two jobs over the same pairs run at the same time, with duplicated messages."""
    with _Run(cluster, "same pairs", WORKERS) as run:
        both = [
            threading.Thread(target=_open, args=(models, regions), daemon=True) for _ in range(2)
        ]
        for each in both:
            each.start()
        for each in both:
            each.join()
        run.inject(MESSAGES, count=6, mean_pause=1.0)
        run.settle(300)
    return run.outcome()


def throttled(cluster: Cluster, rounds: int = 3, models: int = 60) -> Outcome:
    """20 of 30 regions throttle every call; the other 10 must finish as fast as without them."""
    good, bad = catalogue.regions(30)[:10], catalogue.regions(30)[10:]
    alone, beside = [], []
    with _Run(cluster, "throttled", 2) as run:
        _seconds_of(good, _open_in(models, good))
        for _ in range(rounds):
            cluster.simulator_api("DELETE", "faults")
            alone.append(_seconds_of(good, _open_in(models, good)))
            cluster.simulator_api(
                "PUT", "faults", [{"match": {"region": each}, "fault": "throttle"} for each in bad]
            )
            cluster.injected["throttled region"] += len(bad)
            job = _open_in(models, good + bad)
            beside.append(_seconds_of(good, job))
            lifecycle.cancel(job.pk)
            cluster.simulator_api("DELETE", "faults")
            run.settle(60)
        ratio = statistics.median(beside) / statistics.median(alone)
        run.figures.append(
            f"10 regions alone {_list(alone)} s, beside 20 throttled {_list(beside)} s: "
            f"{ratio:.2f} times as long (medians)"
        )
        if not ratio <= 1.2:
            run.wrong["the others finish as fast as alone"] = [f"{ratio:.2f} times as long"]
    return run.outcome()


def storm(cluster: Cluster, count: int = 60, models: int = 168, regions: int = 20) -> Outcome:
    """Every fault, in random order, while several jobs of all kinds run."""
    with _Run(cluster, "storm", WORKERS) as run:
        _open(models, regions)
        opening.open_for_models(catalogue.models("text", 8), catalogue.regions(4))
        run.inject(EVERYTHING, count=count, mean_pause=2.0)
        run.settle(600)
        _open(models, 4)
        run.inject((faults.cancel_a_job,), count=1, mean_pause=1.0)
        run.settle(300)
        run.figures.append(_reclaimed(cluster))
    return run.outcome()


def outages(cluster: Cluster, count: int = 20, models: int = 168, regions: int = 20) -> Outcome:
    """The broker is killed `count` times while a job runs: no worker may end."""
    with _Run(cluster, "outages", WORKERS) as run:
        _open(models, regions)
        run.inject((faults.drop_the_broker,), count=count, mean_pause=3.0)
        run.settle(600)
    ended = cluster.injected["a worker ended by itself"]
    run.wrong["no worker ends by itself"] = [f"{ended} ended"] if ended else []
    return run.outcome()


def primary_killed(cluster: Cluster, models: int = 50, regions: int = 10) -> Outcome:
    """The Redis that holds the queue is killed in the middle of a job, and does not come back."""
    with _Run(cluster, "primary killed", 2) as run:
        job = _open(models, regions)
        run.wait_until_ended(job, models * regions // 4)
        run.inject((faults.kill_the_primary,), count=1, mean_pause=0.1)
        left = JobCertification.objects.filter(job=job, status__in=OPEN_PAIR).count()
        run.figures.append(f"{left} of {models * regions} pairs were open when it had been killed")
        if not left:
            run.wrong["it is killed in the middle"] = ["all pairs had ended"]
        run.settle(300)
    ended = cluster.injected["a worker ended by itself"]
    run.wrong["no worker ends by itself"] = [f"{ended} ended"] if ended else []
    return run.outcome()


def short(cluster: Cluster) -> Outcome:
    """The most severe faults once each, within a minute."""
    with _Run(cluster, "short", 2) as run:
        _open(30, 10)
        for each in (
            faults.kill_a_worker,
            faults.copy_the_queue,
            faults.flush_the_queue,
            faults.restart_the_broker_empty,
            faults.publish_pairs_in_every_state,
            faults.restart_the_database,
            faults.open_two_jobs_over_the_same_pairs,
        ):
            run.inject((each,), count=1, mean_pause=0.7)
        run.settle(120)
        run.figures.append(_reclaimed(cluster))
    return run.outcome()


class _Run:
    """One scenario: inject faults, wait until all jobs have ended, check the invariants."""

    def __init__(self, cluster: Cluster, name: str, workers: int) -> None:
        self._cluster = cluster
        self._name = name
        self._began = time.monotonic()
        self._began_with = 0
        self.figures: list[str] = []
        self.wrong: dict[str, list[str]] = {}
        self._workers = workers

    def __enter__(self) -> _Run:
        self._cluster.injected.clear()
        self._cluster.kills.clear()
        self._cluster.not_stopped.clear()
        self._began_with = with_retries(Worker.objects.count)
        for _ in range(self._workers):
            self._cluster.start_worker()
        self.wait_until_workers_are_there(self._workers)
        return self

    def __exit__(self, *_: object) -> None:
        self._cluster.stop_workers()

    def wait_until_workers_are_there(self, count: int) -> None:
        deadline = time.monotonic() + 60
        while with_retries(Worker.objects.count) < self._began_with + count:
            assert time.monotonic() < deadline, "the workers do not come up"
            time.sleep(0.1)

    def wait_until_ended(self, job: CertificationJob, pairs: int) -> None:
        """Waits until so many pairs of the job have ended."""
        ended = JobCertification.objects.filter(job=job).exclude(status__in=OPEN_PAIR)
        deadline = time.monotonic() + 120
        while with_retries(ended.count) < pairs:
            assert time.monotonic() < deadline, "the job does not get on"
            time.sleep(0.1)

    def inject(self, kinds: Sequence[Fault], count: int, mean_pause: float) -> None:
        """Injects `count` faults at random moments, `mean_pause` seconds apart on average."""
        rng = self._cluster.rng
        done = tried = 0
        while done < count and tried < 5 * count:
            tried += 1
            self._wait(min(rng.expovariate(1 / mean_pause), 4 * mean_pause))
            fault = rng.choice(kinds)
            if fault(self._cluster):
                self._cluster.injected[fault.__name__.replace("_", " ")] += 1
                done += 1
            ended = self._cluster.replace_dead_workers()
            if ended:
                self._cluster.injected["a worker ended by itself"] += ended

    def settle(self, seconds: float) -> None:
        """Ends the open faults, and waits up to `seconds` until every job has ended."""
        cluster = self._cluster
        cluster.simulator_api("DELETE", "faults")
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and (
            cluster.scheduled or with_retries(_something_is_open)
        ):
            cluster.run_scheduled()
            cluster.replace_dead_workers()
            time.sleep(0.25)

    def outcome(self) -> Outcome:
        pairs = with_retries(JobCertification.objects.count)
        not_stopped = [f"process {pid} was still running" for pid in self._cluster.not_stopped]
        self.wrong["a worker stops within 30 s of SIGTERM"] = not_stopped
        return Outcome(
            self._name,
            time.monotonic() - self._began,
            dict(self._cluster.injected),
            pairs,
            {**self.wrong, **with_retries(invariants.check)},
            self.figures,
        )

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._cluster.run_scheduled()
            time.sleep(min(0.1, max(0.0, until - time.monotonic())))


def _open(models: int, regions: int) -> CertificationJob:
    return _open_in(models, catalogue.regions(regions))


def _open_in(models: int, regions: list[str]) -> CertificationJob:
    return with_retries(
        lambda: opening.open_for_models(catalogue.models("embedding", models), regions).job
    )


def _something_is_open() -> bool:
    return CertificationJob.objects.filter(completed_at=None).exists()


def _seconds_of(regions: list[str], job: CertificationJob) -> float:
    """Returns the seconds from opening the job to the end of its last pair in these regions."""
    mine = JobCertification.objects.filter(job=job, region__in=regions)
    deadline = time.monotonic() + 300
    while mine.filter(status__in=OPEN_PAIR).exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    last = mine.aggregate(last=Max("completed_at"))["last"]
    return float((last - job.created_at).total_seconds())


def _reclaimed(cluster: Cluster) -> str:
    found = [status_log.reclaimed_after(kill.pid, kill.at) for kill in cluster.kills]
    seconds = sorted(each for each in found if each is not None)
    if len(seconds) < 2:
        met = f"{len(seconds)} of {len(found)} kills met pairs"
        return f"{met}, reclaimed after {_list(seconds)} s" if seconds else met
    percentiles = statistics.quantiles(seconds, n=100, method="inclusive")
    again = JobCertification.objects.filter(attempt__gt=1).count()
    lost = JobCertification.objects.filter(
        status=PairStatus.INCONCLUSIVE, error_category="WORKER_LOST"
    ).count()
    return (
        f"{len(seconds)} of {len(found)} kills met pairs; reclaimed after "
        f"p50 {percentiles[49]:.1f} s, p95 {percentiles[94]:.1f} s, at most {seconds[-1]:.1f} s; "
        f"{again} pairs were tried more than once, {lost} given up as the killer of their workers"
    )


def _list(seconds: Sequence[float]) -> str:
    return ", ".join(f"{each:.1f}" for each in seconds)
