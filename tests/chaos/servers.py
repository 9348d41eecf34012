"""A PostgreSQL and a Redis that can be stopped and restarted during a run."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import redis

from scripts import processes, services

from . import several_redis

TIMEOUT_SECONDS = 30.0
# Without it, a killed server could lose commits that it has confirmed.
DURABLE = ["-c", "synchronous_commit=on"]


class Broker(Protocol):
    """Redis without persistence: one server, or several that elect a new primary.

    stop() stops the primary, and returns when there is another one, if there can be; start() starts
    what was stopped. `process` is the primary's, `client` is connected to it; `key_prefix` is that
    of the queues' keys.
    """

    key_prefix: str

    @property
    def variables(self) -> dict[str, str]: ...
    @property
    def process(self) -> subprocess.Popen[bytes]: ...
    @property
    def client(self) -> redis.Redis: ...
    def stop(self, how: signal.Signals) -> None: ...
    def start(self) -> None: ...


@dataclass
class SingleBroker:
    folder: Path
    process: subprocess.Popen[bytes]
    key_prefix: str = ""

    @property
    def variables(self) -> dict[str, str]:
        return services.redis_variables(self.folder)

    @property
    def client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(services.redis_socket(self.folder)))

    def stop(self, how: signal.Signals) -> None:
        processes.stop(self.process, ask=how)

    def start(self) -> None:
        self.process = _valkey(self.folder)
        _wait("Valkey to answer", lambda: services.redis_answers(self.folder))


@contextlib.contextmanager
def single_broker() -> Iterator[SingleBroker]:
    """Raises services.Unavailable."""
    with services.private_folder() as folder:
        injected = SingleBroker(folder, _valkey(folder))
        try:
            _wait("Valkey to answer", lambda: services.redis_answers(folder))
            yield injected
        finally:
            processes.send(injected.process.pid, signal.SIGCONT)
            processes.stop(injected.process)


def _valkey(folder: Path) -> subprocess.Popen[bytes]:
    return processes.start(
        services.redis_command(services.redis_binary(), folder), folder / "redis.log"
    )


BROKERS: dict[str, Callable[[], contextlib.AbstractContextManager[Broker]]] = {
    "single": single_broker,
    "cluster": several_redis.cluster,
    "sentinel": several_redis.sentinels,
}


@dataclass
class Database:
    """PostgreSQL: it keeps all confirmed commits across restarts."""

    url: str
    data: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.data.parents[1] / "postgres.log"

    def stop(self, how: signal.Signals) -> None:
        """Stops the server: SIGINT is a fast shutdown, SIGKILL a crash."""
        pid = int((self.data / "postmaster.pid").read_text().split()[0])
        processes.send(pid, how)
        _wait("PostgreSQL to end", lambda: not _is_there(pid))
        if self.process is not None:
            self.process.wait()

    def start(self) -> None:
        """Starts the server; retries while backends of a killed server still exist."""
        command = shlex.split((self.data / "postmaster.opts").read_text())
        if DURABLE[1] not in command:
            command += DURABLE
        owner = self.data.stat()
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while True:
            self.process = processes.start(
                command,
                self.log,
                folder=Path("/"),
                user=(owner.st_uid, owner.st_gid) if os.geteuid() == 0 else None,
                death_signal=signal.SIGQUIT,
            )
            while self.process.poll() is None:
                if self._is_ready():
                    return
                time.sleep(0.02)
            if time.monotonic() > deadline:
                raise AssertionError(f"PostgreSQL stays away: {processes.last_lines(self.log)}")
            time.sleep(0.1)

    def _is_ready(self) -> bool:
        assert self.process is not None
        with contextlib.suppress(OSError):
            lines = (self.data / "postmaster.pid").read_text().split()
            return lines[0] == str(self.process.pid) and lines[-1] == "ready"
        return False


@contextlib.contextmanager
def database() -> Iterator[Database]:
    """Raises services.Unavailable."""
    with services.postgres() as server:
        url = server.variables["DATABASE_URL"]
        folder = Path(unquote(urlsplit(url).netloc.rpartition("@")[2]))
        injected = Database(url, folder / "data")
        injected.stop(signal.SIGINT)
        injected.start()
        try:
            yield injected
        finally:
            if injected.process is not None:
                processes.stop(injected.process, ask=signal.SIGINT)


def _is_there(pid: int) -> bool:
    return processes.identity(pid) is not None


def _wait(what: str, true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {TIMEOUT_SECONDS:.0f} s: {what}")
        time.sleep(0.02)
