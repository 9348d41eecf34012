"""Production's arrangement without containers: the compose file's own commands and environment as
processes of this machine.

    without_containers.py [--webs 2] [--workers 4]

Only what a machine of its own would give is put in place of what containers give: addresses, ports,
folders, secrets, and the simulator instead of AWS. Runs until Ctrl-C.
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
# Where the arrangement finds its servers instead: by the addresses that services.py gives.
OF_CONTAINERS = ("DATABASE_HOST", "DATABASE_PASSWORD_FILE", "REDIS_HOST", "REDIS_PASSWORD_FILE")
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::?(?P<sign>[-?])(?P<rest>[^}]*))?\}")


class NotStarted(Exception):
    """A process of the arrangement ended, or was not ready in time; the message is its log."""


@dataclass(frozen=True)
class Service:
    """One service of the compose file that runs our image."""

    command: tuple[str, ...]
    environment: Mapping[str, str]


def read(given: Mapping[str, str], compose: Path = COMPOSE) -> dict[str, Service]:
    """The services that run our image, by name, `given` standing for the shell's variables.

    Raises KeyError for a variable that the file asks for and `given` has not.
    """
    document = yaml.safe_load(compose.read_text())
    return {
        name: Service(
            command=tuple(shlex.split(interpolated(service["command"], given))),
            environment={
                key: interpolated(str(value), given)
                for key, value in service["environment"].items()
            },
        )
        for name, service in document["services"].items()
        if "build" in service
    }


def interpolated(text: str, given: Mapping[str, str]) -> str:
    """As Compose does: ${NAME}, ${NAME:-default}, ${NAME:?why}, and $$ for a dollar sign."""

    def value(found: re.Match[str]) -> str:
        if given.get(found["name"]):
            return given[found["name"]]
        if found["sign"] == "?":
            raise KeyError(f"{found['name']}: {found['rest']}")
        return found["rest"] or ""

    return _VARIABLE.sub(value, text).replace("$$", "$")


@dataclass
class Web:
    port: int
    process: subprocess.Popen[bytes]


@dataclass
class Arrangement:
    """What runs. `servers` are the variables that name the database, the broker and Bedrock."""

    folder: Path
    services: Mapping[str, Service]
    servers: Mapping[str, str]
    metrics_token: str
    webs: list[Web] = field(default_factory=list)
    worker_ports: list[int] = field(default_factory=list)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def carry_out(self, name: str, service: str, command: Sequence[str], **more: str) -> None:
        """Runs what ends by itself. Raises NotStarted."""
        if self._start(name, service, command, more).wait() != 0:
            raise NotStarted(processes.last_lines(self._log(name)))

    def migrate(self) -> None:
        """Raises NotStarted."""
        self.carry_out("migrate", "migrate", self.services["migrate"].command)

    def collect_static_files(self) -> None:
        """As the image does when it is built. Raises NotStarted."""
        command = ["python", "manage.py", "collectstatic", "--noinput"]
        self.carry_out("collectstatic", "web", command)

    def make_administrator(self, password: str) -> None:
        """Raises NotStarted."""
        self.carry_out(
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
        web = Web(port, self._keep(f"web-{port}", "web", command))
        self.webs.append(web)
        return web

    def start_worker(self) -> None:
        port = _free_port()
        command = self.services["worker"].command
        self._keep(f"worker-{port}", "worker", command, WORKER_HEALTH_PORT=str(port))
        self.worker_ports.append(port)

    def start_beat(self) -> subprocess.Popen[bytes]:
        schedule = str(self.folder / "beat-schedule")
        command = _with_option(self.services["beat"].command, "--schedule", schedule)
        return self._keep("beat", "beat", command)

    def start_simulator(self, port: int, latency_ms: int) -> None:
        command = ["python", "-m", "bedrock_simulator", "--port", str(port)]
        self._keep("simulator", "worker", [*command, "--latency-ms", str(latency_ms)])

    def wait_until_healthy(self, seconds: float = 60) -> None:
        """Raises NotStarted."""
        deadline = time.monotonic() + seconds
        asked = [(web.port, "/health/ready") for web in self.webs]
        asked += [(port, "/health") for port in self.worker_ports]
        while any(ask(port, path)[0] != 200 for port, path in asked):
            if any(process.poll() is not None for process in self.running):
                raise NotStarted(self.last_words())
            if time.monotonic() > deadline:
                raise NotStarted(self.last_words())
            time.sleep(0.2)

    def stop_web(self, web: Web) -> None:
        processes.stop(web.process)
        self.webs.remove(web)
        self.running.remove(web.process)

    def stop(self) -> None:
        for process in reversed(self.running):
            processes.send(process.pid, signal.SIGTERM)
        for process in reversed(self.running):
            processes.stop(process)

    def last_words(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"{log.name}: {processes.last_lines(log, 5)}" for log in logs)

    def _keep(
        self, name: str, service: str, command: Sequence[str], **more: str
    ) -> subprocess.Popen[bytes]:
        process = self._start(name, service, command, more)
        self.running.append(process)
        return process

    def _start(
        self, name: str, service: str, command: Sequence[str], more: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        environment = {**self._environment(service), **more}
        return processes.start(command, self._log(name), environment=environment, folder=ROOT)

    def _environment(self, service: str) -> dict[str, str]:
        """As in a container, nothing else of the surroundings; the image has its programs on the
        path, and this machine's user may be root."""
        of_file = {
            name: value.replace("/run/secrets", str(self.folder / "secrets"))
            for name, value in self.services[service].environment.items()
            if name not in OF_CONTAINERS and value
        }
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        own = {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1", "C_FORCE_ROOT": "1"}
        return {**own, **of_file, **self.servers}

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


@contextlib.contextmanager
def arranged(
    folder: Path,
    servers: Mapping[str, str],
    *,
    webs: int,
    workers: int,
    latency_ms: int = 100,
    concurrency: int = 8,
) -> Iterator[Arrangement]:
    """The services of the compose file, in the order in which they depend on each other.

    `folder` takes secrets and logs, `servers` says where the database and the broker are.
    `concurrency` is of each worker, `latency_ms` of the simulator. Raises NotStarted.
    """
    port = _free_port()
    given = {
        "HOMOLOGA_HOSTS": HOST,
        "HOMOLOGA_BEDROCK": "simulator",
        "CERTIFICATION_CONCURRENCY": str(concurrency),
    }
    here = Arrangement(
        folder,
        read(given),
        {**servers, "SIMULATOR_URL": f"http://{ports.HOST}:{port}"},
        _make_secrets(folder / "secrets")["metrics_token"],
    )
    try:
        here.collect_static_files()
        here.migrate()
        here.start_simulator(port, latency_ms)
        for _ in range(webs):
            here.start_web()
        for _ in range(workers):
            here.start_worker()
        here.start_beat()
        here.wait_until_healthy()
        yield here
    finally:
        here.stop()


def ask(
    port: int, path: str, *, body: object = None, token: str = "", timeout: float = 30
) -> tuple[int, bytes]:
    """A request as the proxy hands it on; status 0 where nobody listens."""
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
    """As the head of the compose file says to make them."""
    folder.mkdir(mode=0o700)
    document = yaml.safe_load(COMPOSE.read_text())
    made = {name: secrets.token_hex(40) for name in document["secrets"]}
    for name, secret in made.items():
        (folder / name).write_text(secret)
    return made


def _with_option(command: Sequence[str], option: str, value: str) -> list[str]:
    """Raises ValueError where the command has no such option."""
    at = command.index(option)
    return [*command[: at + 1], value, *command[at + 2 :]]


def _free_port() -> int:
    return ports.free_near(0)


def _variables(servers: Sequence[services.Server]) -> dict[str, str]:
    """Of the servers that were started, and of those that the environment named before."""
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
            arranged(
                Path(folder), _variables(servers), webs=arguments.webs, workers=arguments.workers
            ) as here,
        ):
            here.make_administrator(password)
            said = {
                "webs": [web.port for web in here.webs],
                "workers": here.worker_ports,
                "headers": {"Host": HOST, "X-Forwarded-Proto": "https"},
                "email": EMAIL,
                "password": password,
                "metrics_token": here.metrics_token,
                "logs": folder,
            }
            print(json.dumps(said, indent=2), flush=True)
            signal.pause()
    except (services.Unavailable, NotStarted) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
