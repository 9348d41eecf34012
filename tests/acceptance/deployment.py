"""A complete deployment in processes of its own: database, broker, simulator, web and workers."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import dj_database_url
import psycopg
import redis

from scripts import services

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a password for the acceptance"
QUEUE = "/api/certification-queue"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(what: str, true: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.25)


@dataclass
class Deployment:
    data: Path
    variables: dict[str, str]
    port: int
    simulator_port: int
    token: str = ""
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def prepare(self, *commands: str) -> None:
        """Runs management commands in a single process: starting one takes most of the time."""
        calls = "".join(f"call_command({command!r})\n" for command in commands)
        self.run_python(f"from django.core.management import call_command\n{calls}")

    def run_python(self, code: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", f"import django\ndjango.setup()\n{code}"],
            cwd=ROOT,
            env=self.variables | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr

    def start(self, name: str, *arguments: str, code: Path = ROOT) -> subprocess.Popen[bytes]:
        """Starts a module of the checkout `code`."""
        with (self.data / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=code,
                env=self.variables,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def start_worker(self, code: Path = ROOT) -> subprocess.Popen[bytes]:
        return self.start("worker", "celery", "-A", "config", "worker", code=code)

    def start_web(self, port: int, code: Path = ROOT) -> subprocess.Popen[bytes]:
        web = ("uvicorn", "config.asgi:application", "--port", str(port), "--lifespan", "off")
        return self.start("web", *web, code=code)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kills it and what it started, if it has not ended already."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def has_messages(self) -> bool:
        """Whether messages wait in the queue of pairs."""
        return bool(redis.Redis.from_url(self.variables["REDIS_URL"]).llen("model-certification"))

    def flush_the_broker(self) -> int:
        """Empties the broker. Returns the number of messages that waited in the queue of pairs."""
        broker = redis.Redis.from_url(self.variables["REDIS_URL"])
        pipeline = broker.pipeline()
        pipeline.llen("model-certification")
        pipeline.flushall()
        waiting, _done = pipeline.execute()
        return int(waiting)

    def request(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        message = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        try:
            with urllib.request.urlopen(message, timeout=120) as response:
                return response.status, json.loads(response.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def answers(self) -> bool:
        try:
            return self.request("GET", "/health/live")[0] == 200
        except OSError:
            return False

    def set_simulator(self, method: str, what: str, payload: object = None) -> Any:
        """Calls one of the simulator's own addresses: faults, hostile, reset."""
        message = urllib.request.Request(
            f"{self.variables['SIMULATOR_URL']}/_simulator/{what}",
            method=method,
            data=None if payload is None else json.dumps(payload).encode(),
        )
        with urllib.request.urlopen(message, timeout=60) as response:
            return json.load(response)

    def open(self, path: str, **body: object) -> dict[str, Any]:
        status, answer = self.request("POST", f"{QUEUE}/{path}", body)
        assert status == 201, answer
        return dict(answer["data"])

    def job(self, job_id: str) -> dict[str, Any]:
        status, answer = self.request("GET", f"{QUEUE}/jobs/{job_id}")
        assert status == 200, answer
        return dict(answer["data"])

    def wait_for(self, job_id: str, seconds: float = 180) -> dict[str, Any]:
        wait_until("the job to end", lambda: self.job(job_id)["completedAt"] is not None, seconds)
        return self.job(job_id)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(self._connect()) as connection:
            rows = list(connection.execute(sql).fetchall())
            connection.commit()
        return rows

    def run_sql(self, sql: str) -> None:
        with contextlib.closing(self._connect()) as connection:
            connection.execute(sql)
            connection.commit()

    def _connect(self) -> Any:
        url = self.variables["DATABASE_URL"]
        if url.startswith("sqlite"):
            return sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)
        return psycopg.connect(**_psycopg(url))

    def stop(self) -> None:
        for process in self.running:
            self.kill(process)


def _psycopg(url: str) -> dict[str, Any]:
    database: dict[str, Any] = {**dj_database_url.parse(url)}
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host"}
    return {name: database[key] for key, name in names.items() if database.get(key)} | (
        {"port": database["PORT"]} if database.get("PORT") else {}
    )


@contextlib.contextmanager
def database(data: Path) -> Iterator[str]:
    """Creates a database: on the PostgreSQL server of DATABASE_URL, else in SQLite."""
    given = os.environ.get("DATABASE_URL", "")
    if not given or given.startswith("sqlite"):
        yield f"sqlite:///{data / 'deployment.sqlite3'}"
        return
    name = f"deployment_{uuid4().hex}"
    with psycopg.connect(**_psycopg(given), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield f"{given.rsplit('/', 1)[0]}/{name}"
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextlib.contextmanager
def running_deployment(data: Path, more: Mapping[str, str]) -> Iterator[Deployment]:
    """Starts all but the workers, loads the catalogue, and signs an administrator in."""
    with services.redis() as broker, database(data) as url:
        port, simulator_port = free_port(), free_port()
        simulator = f"http://127.0.0.1:{simulator_port}"
        variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith("REDIS_")},
            "HOMOLOGA_MODE": "laptop",
            "HOMOLOGA_DATA_DIR": str(data),
            "HOMOLOGA_BEDROCK": "simulator",
            "WORKER_HEALTH_PORT": "0",
            "SIMULATOR_URL": simulator,
            # Read only with HOMOLOGA_BEDROCK=aws.
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": simulator,
            "AWS_ENDPOINT_URL_BEDROCK": simulator,
            "HOMOLOGA_ADMIN_EMAIL": "root@example.com",
            "HOMOLOGA_ADMIN_PASSWORD": PASSWORD,
            "DATABASE_URL": url,
            **broker.variables,
            **more,
        }
        here = Deployment(data, variables, port, simulator_port)
        try:
            here.prepare("migrate", "load_catalogue", "ensure_admin")
            here.start(
                "simulator", "bedrock_simulator", "--port", str(simulator_port),
                "--latency-ms", "5",
            )  # fmt: skip
            here.start_web(port)
            wait_until("the web to answer", here.answers)
            here.token = here.request(
                "POST", "/api/auth/login", {"email": "root@example.com", "password": PASSWORD}
            )[1]["data"]["token"]
            yield here
        finally:
            here.stop()
