"""Kills the broker under load in the arrangements that are shipped: no worker is gone for good.

    python -m tests.chaos.arrangements [--outages 20] [--only laptop|compose]

`laptop` is `make run`; `compose` runs the compose file's commands (scripts/without_containers.py).
Exits with 0 if every pair was recorded and every worker is healthy at the end.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts import ports, processes, services, without_containers

from . import servers

ROOT = Path(__file__).resolve().parents[2]
QUEUE = "/api/certification-queue"
PASSWORD = "a password for the faults"
EMAIL = "root@homologa.example.com"
REGIONS = 12
SETTLE_SECONDS = 600


@dataclass
class Arrangement:
    """What runs. `restarts` supervises, where nothing else does, and returns the names of the
    programs that were started again."""

    web: int
    worker_ports: list[int]
    restarts: Callable[[], list[str]]
    token: str = ""

    def ask(self, path: str, body: object = None) -> Any:
        status, answer = without_containers.request_web(self.web, path, body=body, token=self.token)
        if status not in (200, 201):
            raise AssertionError(f"{path}: {status} {answer[:500]!r}")
        return json.loads(answer)["data"]

    def sign_in(self) -> None:
        login = {"email": EMAIL, "password": PASSWORD}
        self.token = self.ask("/api/auth/login", login)["token"]

    def sick_workers(self) -> list[int]:
        return [port for port in self.worker_ports if not _is_healthy(port)]


@contextlib.contextmanager
def compose(folder: Path, broker: servers.Broker) -> Iterator[Arrangement]:
    """Four workers, two webs, beat, PostgreSQL."""
    with (
        services.postgres() as database,
        without_containers.running_services(
            folder, {**database.variables, **broker.variables}, webs=2, workers=4, latency_ms=100
        ) as running,
    ):
        running.create_administrator(PASSWORD)

        def restarts() -> list[str]:
            running.restart_ended()
            return running.restarted

        yield Arrangement(running.webs[0].port, running.worker_ports, restarts)


@contextlib.contextmanager
def laptop(folder: Path, broker: servers.Broker) -> Iterator[Arrangement]:
    """`make run` with SQLite and one worker."""
    web, worker = ports.free_near(0), ports.free_near(0)
    log = folder / "run.log"
    own = ("HOMOLOGA_", "CERTIFICATION_", "CELERY_", "REDIS_", "DATABASE_", "DJANGO_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    variables = {
        **kept,
        "HOMOLOGA_DATA_DIR": str(folder / "data"),
        "HOMOLOGA_HOSTS": f"127.0.0.1,{without_containers.HOST}",
        "HOMOLOGA_ADMIN_EMAIL": EMAIL,
        "HOMOLOGA_ADMIN_PASSWORD": PASSWORD,
        "PORT": str(web),
        "WORKER_HEALTH_PORT": str(worker),
        **broker.variables,
    }
    command = [sys.executable, "-m", "scripts.run"]
    running = processes.start(command, log, environment=variables, folder=ROOT)
    try:
        _wait("Homologa to run", lambda: "Homologa is running" in log.read_text(), running)
        yield Arrangement(
            web,
            [worker],
            lambda: [
                line.split()[0] for line in log.read_text().splitlines() if "starts again" in line
            ],
        )
    finally:
        processes.stop(running, grace=60)


ARRANGEMENTS = {"laptop": laptop, "compose": compose}


def outages(here: Arrangement, broker: servers.Broker, count: int, rng: random.Random) -> list[str]:
    """Returns what is wrong in the end."""
    here.sign_in()
    models = [model["id"] for model in here.ask(f"{QUEUE}/certifiable-models")]
    regions = [region["id"] for region in here.ask(f"{QUEUE}/regions")][:REGIONS]
    body = {"modelIds": models, "regions": regions}
    jobs = [here.ask(f"{QUEUE}/certify-multiple", body)["jobId"]]
    for number in range(1, count + 1):
        time.sleep(rng.uniform(1, 4))
        broker.stop(signal.SIGKILL)
        time.sleep(rng.uniform(0.2, 3))
        broker.start()
        here.restarts()
        progress = here.ask(f"{QUEUE}/jobs/{jobs[-1]}")
        print(
            f"outage {number}: {progress['processedModels']} of {progress['totalModels']} pairs",
            flush=True,
        )
        if progress["completedAt"] is not None and number < count:
            jobs.append(here.ask(f"{QUEUE}/certify-multiple", body)["jobId"])
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline and (_open(here, jobs) or here.sick_workers()):
        here.restarts()
        time.sleep(1)
    print(f"programs started again: {', '.join(here.restarts()) or 'none'}")
    return [
        *(f"job {job} has not ended" for job in _open(here, jobs)),
        *(f"the worker with port {port} is not healthy" for port in here.sick_workers()),
    ]


def _open(here: Arrangement, jobs: list[str]) -> list[str]:
    return [job for job in jobs if here.ask(f"{QUEUE}/jobs/{job}")["completedAt"] is None]


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _wait(what: str, true: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 300
    while not true():
        assert process.poll() is None, f"ended before: {what}"
        assert time.monotonic() < deadline, f"too late: {what}"
        time.sleep(0.5)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.arrangements", description=__doc__)
    parser.add_argument("--outages", type=int, default=20)
    parser.add_argument("--only", choices=ARRANGEMENTS)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**6))
    print(f"CHAOS_SEED={seed}", flush=True)
    wrong = []
    for name in [options.only] if options.only else ARRANGEMENTS:
        print(f"── {name}", flush=True)
        with (
            tempfile.TemporaryDirectory(prefix="homologa-chaos-") as folder,
            servers.single_broker() as broker,
            ARRANGEMENTS[name](Path(folder), broker) as here,
        ):
            found = outages(here, broker, options.outages, random.Random(seed))
        print("\n".join(found) or "no worker is gone, every job has ended", flush=True)
        wrong += found
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
