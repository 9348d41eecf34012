"""The processes of a fault test: servers, simulator and workers. This process opens and controls
the jobs."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from scripts import processes

from . import catalogue, servers

ROOT = Path(__file__).resolve().parents[2]
WRONG_CLOCK = Path(__file__).parent / "wrong_clock"
# Short intervals, to save time. The backoff of pairs is not changed.
QUICK = {
    "WORKER_BEAT_SECONDS": "1",
    "WORKER_LOST_AFTER_SECONDS": "4",
    "REPUBLISH_AFTER_SECONDS": "2",
    "BREAKER_OPEN_SECONDS": "2",
    "DATABASE_WAIT_SECONDS": "3",
    "CERTIFICATION_TIMEOUT": "30000",
    "WORKER_HEALTH_PORT": "0",
}
# As in production: workers do not exchange messages.
INDEPENDENT = ["--without-mingle", "--without-gossip", "--without-heartbeat"]
MODELS = {"embedding": 168, "text": 8}
T = TypeVar("T")


@dataclass(frozen=True)
class Kill:
    """A killed worker process. `at` is a time of the database's clock."""

    pid: int
    at: object


@dataclass
class Cluster:
    folder: Path
    variables: dict[str, str]
    database: servers.Database
    broker: servers.Broker
    simulator: str
    rng: random.Random
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    injected: Counter[str] = field(default_factory=Counter)
    kills: list[Kill] = field(default_factory=list)
    # Pids of workers that did not stop in time.
    not_stopped: list[int] = field(default_factory=list)
    # (Monotonic time in seconds, action) of faults that have to be ended.
    scheduled: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.folder / "workers.log"

    def start_worker(self, clock_shift: float = 0.0) -> subprocess.Popen[bytes]:
        variables = self.variables
        if clock_shift:
            variables = variables | {
                "PYTHONPATH": str(WRONG_CLOCK),
                "CHAOS_CLOCK_SHIFT": str(clock_shift),
            }
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "config",
            "worker",
            "-l",
            "WARNING",
            *INDEPENDENT,
        ]
        worker = processes.start(command, self.log, environment=variables, folder=ROOT)
        self.workers.append(worker)
        return worker

    def any_worker(self) -> subprocess.Popen[bytes]:
        return self.rng.choice(self.workers)

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        processes.send(worker.pid, signal.SIGKILL)
        worker.wait()
        self.workers.remove(worker)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        self.scheduled.append((time.monotonic() + seconds, action))

    def run_scheduled(self) -> None:
        now = time.monotonic()
        for entry in [entry for entry in self.scheduled if entry[0] <= now]:
            self.scheduled.remove(entry)
            entry[1]()

    def replace_dead_workers(self) -> int:
        """Starts a worker for each that ended by itself, and returns how many."""
        dead = [worker for worker in self.workers if worker.poll() is not None]
        for worker in dead:
            self.workers.remove(worker)
            self.start_worker()
        return len(dead)

    def simulator_api(self, method: str, what: str, rules: object = None) -> Any:
        data = None if rules is None else json.dumps(rules).encode()
        request = urllib.request.Request(f"{self.simulator}/_simulator/{what}", data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def stop_workers(self) -> None:
        for worker in self.workers:
            processes.send(worker.pid, signal.SIGCONT)
            processes.send(worker.pid, signal.SIGKILL)
            worker.wait()
        self.workers.clear()


def with_retries(what: Callable[[], T], seconds: float = 60) -> T:
    """Calls `what`, and retries while the database is unavailable, for up to `seconds`."""
    from django.db import DatabaseError, InterfaceError, close_old_connections

    deadline = time.monotonic() + seconds
    while True:
        try:
            close_old_connections()
            return what()
        except (DatabaseError, InterfaceError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@contextlib.contextmanager
def running_cluster(
    folder: Path, seed: int, *, latency_ms: int, redis: str, more: dict[str, str]
) -> Iterator[Cluster]:
    """Starts everything except the workers, and sets up Django in this process.

    redis: a key of servers.BROKERS

    Raises services.Unavailable.
    """
    with servers.database() as database, servers.BROKERS[redis]() as broker:
        port = _free_port()
        simulator = f"http://127.0.0.1:{port}"
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(
                ("HOMOLOGA_", "CERTIFICATION_", "CELERY_", "REDIS_", "DATABASE_", "DJANGO_")
            )
        }
        variables = {
            **kept,
            "HOMOLOGA_MODE": "laptop",
            "HOMOLOGA_DATA_DIR": str(folder),
            "HOMOLOGA_BEDROCK": "simulator",
            "SIMULATOR_URL": simulator,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LOG_LEVEL": "WARNING",
            "DATABASE_URL": database.url,
            **broker.variables,
            **QUICK,
            **more,
        }
        os.environ.clear()
        os.environ.update(variables)
        _set_up(folder)
        steered = processes.start(
            [
                *[sys.executable, "-m", "bedrock_simulator", "--port", str(port)],
                *["--catalogue", str(folder / "catalogue" / "bedrock.jsonl")],
                *["--latency-ms", str(latency_ms)],
            ],
            folder / "simulator.log",
            environment=variables,
            folder=ROOT,
        )
        here = Cluster(folder, variables, database, broker, simulator, random.Random(seed))
        try:
            yield here
        finally:
            here.stop_workers()
            processes.stop(steered)


def _set_up(folder: Path) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    catalogue.write(folder / "catalogue", MODELS)
    call_command("migrate", verbosity=0)
    call_command("load_catalogue", path=folder / "catalogue", verbosity=0, stdout=io.StringIO())
    from . import status_log

    status_log.install()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
