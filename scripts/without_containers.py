"""Runs the services of docker-compose.yml as local processes, with the file's commands and
environment.

    without_containers.py [--webs 2] [--workers 4]

Only what differs without containers is replaced: addresses, ports, folders and secrets; the
simulator stands in for AWS. Runs until Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import secrets
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from . import ports, processes, services

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = ROOT / "docker-compose.yml"
HOST = "homologa.example.com"
EMAIL = "root@homologa.example.com"
# Variables of the compose file that are left out: services.py provides the addresses instead.
CONTAINER_ONLY = ("DATABASE_HOST", "DATABASE_PASSWORD_FILE", "REDIS_HOST", "REDIS_PASSWORD_FILE")
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::?(?P<sign>[-?])(?P<rest>[^}]*))?\}")


class NotStarted(Exception):
    """A process ended or was not ready in time. The message is the end of its log."""


@dataclass(frozen=True)
class Service:
    """One service of the compose file that runs Homologa's image.

    restarts: whether its policy starts it again however it has ended
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    restarts: bool


def read(variables: Mapping[str, str], compose: Path = COMPOSE) -> dict[str, Service]:
    """Returns the services that run Homologa's image, by name. `variables` are the shell's.

    Raises KeyError for a required variable that is missing.
    """
    document = yaml.safe_load(compose.read_text())
    return {
        name: Service(
            command=tuple(shlex.split(interpolated(service["command"], variables))),
            environment={
                key: interpolated(str(value), variables)
                for key, value in service["environment"].items()
            },
            restarts=service["restart"] in ("always", "unless-stopped"),
        )
        for name, service in document["services"].items()
        if "build" in service
    }


def interpolated(text: str, variables: Mapping[str, str]) -> str:
    """Interpolates as Compose does: ${NAME}, ${NAME:-default}, ${NAME:?error}, $$ for a dollar."""

    def value(found: re.Match[str]) -> str:
        if variables.get(found["name"]):
            return variables[found["name"]]
        if found["sign"] == "?":
            raise KeyError(f"{found['name']}: {found['rest']}")
        return found["rest"] or ""

    return _VARIABLE.sub(value, text).replace("$$", "$")


@dataclass
class Running:
    """A process of a service, and how it was started."""

    name: str
    service: str
    command: Sequence[str]
    extra: Mapping[str, str]
    process: subprocess.Popen[bytes]


@dataclass
class Web:
    port: int
    running: Running


@dataclass
class LocalServices:
    """The running processes. `servers` are the variables of database, broker and Bedrock;
    `restarted` has the name of a process for each time that it was restarted."""

    folder: Path
    services: Mapping[str, Service]
    servers: Mapping[str, str]
    metrics_token: str
    webs: list[Web] = field(default_factory=list)
    worker_ports: list[int] = field(default_factory=list)
    running: list[Running] = field(default_factory=list)
    restarted: list[str] = field(default_factory=list)

    def run_to_end(self, name: str, service: str, command: Sequence[str], **extra: str) -> None:
        """Runs a command to its end. Raises NotStarted if it fails."""
        if self._start(name, service, command, extra).wait() != 0:
            raise NotStarted(processes.last_lines(self._log(name)))

    def migrate(self) -> None:
        """Raises NotStarted."""
        self.run_to_end("migrate", "migrate", self.services["migrate"].command)

    def collect_static_files(self) -> None:
        """Runs collectstatic, as the image's build does. Raises NotStarted."""
        command = ["python", "manage.py", "collectstatic", "--noinput"]
        self.run_to_end("collectstatic", "web", command)

    def create_administrator(self, password: str) -> None:
        """Raises NotStarted."""
        self.run_to_end(
            "ensure_admin",
            "web",
            ["python", "manage.py", "ensure_admin"],
            HOMOLOGA_ADMIN_EMAIL=EMAIL,
            HOMOLOGA_ADMIN_PASSWORD=password,
        )

    def start_web(self) -> Web:
        port = _free_port()
        command = _with_option(self.services["web"].command, "--host", ports.HOST)
        command = _with_option(command, "--port", str(port))
        web = Web(port, self._start_service(f"web-{port}", "web", command))
        self.webs.append(web)
        return web

    def start_worker(self) -> None:
        port = _free_port()
        command = self.services["worker"].command
        self._start_service(f"worker-{port}", "worker", command, WORKER_HEALTH_PORT=str(port))
        self.worker_ports.append(port)

    def start_beat(self) -> None:
        schedule = str(self.folder / "beat-schedule")
        command = _with_option(self.services["beat"].command, "--schedule", schedule)
        self._start_service("beat", "beat", command)

    def start_simulator(self, port: int, latency_ms: int) -> None:
        command = ["python", "-m", "bedrock_simulator", "--port", str(port)]
        self._start_service("simulator", "worker", [*command, "--latency-ms", str(latency_ms)])

    def wait_until_healthy(self, seconds: float = 60) -> None:
        """Raises NotStarted."""
        deadline = time.monotonic() + seconds
        endpoints = [(web.port, "/health/ready") for web in self.webs]
        endpoints += [(port, "/health") for port in self.worker_ports]
        while any(request_web(port, path)[0] != 200 for port, path in endpoints):
            if self.ended():
                raise NotStarted(self.log_tails())
            if time.monotonic() > deadline:
                raise NotStarted(self.log_tails())
            time.sleep(0.2)

    def stop_web(self, web: Web) -> None:
        processes.stop(web.running.process)
        self.webs.remove(web)
        self.running.remove(web.running)

    def ended(self) -> list[Running]:
        """Returns the processes that have ended by themselves."""
        return [each for each in self.running if each.process.poll() is not None]

    def restart_ended(self) -> None:
        """Starts them again, by their service's restart policy."""
        for each in self.ended():
            if self.services[each.service].restarts:
                each.process = self._start(each.name, each.service, each.command, each.extra)
                self.restarted.append(each.name)

    def stop(self) -> None:
        for each in reversed(self.running):
            processes.send(each.process.pid, signal.SIGTERM)
        for each in reversed(self.running):
            processes.stop(each.process)

    def log_tails(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"{log.name}: {processes.last_lines(log, 5)}" for log in logs)

    def _start_service(
        self, name: str, service: str, command: Sequence[str], **extra: str
    ) -> Running:
        process = self._start(name, service, command, extra)
        self.running.append(Running(name, service, command, extra, process))
        return self.running[-1]

    def _start(
        self, name: str, service: str, command: Sequence[str], extra: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        environment = {**self._environment(service), **extra}
        return processes.start(command, self._log(name), environment=environment, folder=ROOT)

    def _environment(self, service: str) -> dict[str, str]:
        """Returns the service's own variables only, as in a container, plus PATH; C_FORCE_ROOT
        because the local user may be root."""
        of_file = {
            name: value.replace("/run/secrets", str(self.folder / "secrets"))
            for name, value in self.services[service].environment.items()
            if name not in CONTAINER_ONLY and value
        }
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        own = {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1", "C_FORCE_ROOT": "1"}
        return {**own, **of_file, **self.servers}

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


@contextlib.contextmanager
def running_services(
    folder: Path,
    servers: Mapping[str, str],
    *,
    webs: int,
    workers: int,
    latency_ms: int = 100,
    concurrency: int = 8,
) -> Iterator[LocalServices]:
    """Starts the services of the compose file in the order of their dependencies, and stops them.

    folder:      for secrets and logs
    servers:     variables that name the database and the broker
    latency_ms:  added by the simulator to every model call
    concurrency: pairs at a time per worker

    Raises NotStarted.
    """
    port = _free_port()
    variables = {
        "HOMOLOGA_HOSTS": HOST,
        "HOMOLOGA_BEDROCK": "simulator",
        "CERTIFICATION_CONCURRENCY": str(concurrency),
    }
    running = LocalServices(
        folder,
        read(variables),
        {**servers, "SIMULATOR_URL": f"http://{ports.HOST}:{port}"},
        _make_secrets(folder / "secrets")["metrics_token"],
    )
    try:
        running.collect_static_files()
        running.migrate()
        running.start_simulator(port, latency_ms)
        for _ in range(webs):
            running.start_web()
        for _ in range(workers):
            running.start_worker()
        running.start_beat()
        running.wait_until_healthy()
        yield running
    finally:
        running.stop()


def request_web(
    port: int, path: str, *, body: object = None, token: str = "", timeout: float = 30
) -> tuple[int, bytes]:
    """Sends a request as the proxy forwards it. Returns (0, b"") if the connection fails."""
    request = urllib.request.Request(
        f"http://{ports.HOST}:{port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Host": HOST,
            "X-Forwarded-Proto": "https",
            "Content-Type": "application/json",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


def _make_secrets(folder: Path) -> dict[str, str]:
    """Creates the secret files that the compose file names."""
    folder.mkdir(mode=0o700)
    document = yaml.safe_load(COMPOSE.read_text())
    created = {name: secrets.token_hex(40) for name in document["secrets"]}
    for name, secret in created.items():
        (folder / name).write_text(secret)
    return created


def _with_option(command: Sequence[str], option: str, value: str) -> list[str]:
    """Replaces an option's value. Raises ValueError if the command does not have the option."""
    at = command.index(option)
    return [*command[: at + 1], value, *command[at + 2 :]]


def _free_port() -> int:
    return ports.free_near(0)


def _variables(servers: Sequence[services.Server]) -> dict[str, str]:
    """Returns the variables of the started servers and of those named by the environment."""
    names = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")
    found = {name: os.environ[name] for name in names if os.environ.get(name)}
    for server in servers:
        found |= server.variables
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs production's arrangement by hand.")
    parser.add_argument("--webs", type=int, default=2)
    parser.add_argument("--workers", type=int, default=4)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    password = secrets.token_urlsafe(12)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="homologa-by-hand-") as folder,
            services.both() as servers,
            running_services(
                Path(folder), _variables(servers), webs=arguments.webs, workers=arguments.workers
            ) as running,
        ):
            running.create_administrator(password)
            summary = {
                "webs": [web.port for web in running.webs],
                "workers": running.worker_ports,
                "headers": {"Host": HOST, "X-Forwarded-Proto": "https"},
                "email": EMAIL,
                "password": password,
                "metrics_token": running.metrics_token,
                "logs": folder,
            }
            print(json.dumps(summary, indent=2), flush=True)
            while True:
                running.restart_ended()
                time.sleep(1)
    except (services.Unavailable, NotStarted) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
