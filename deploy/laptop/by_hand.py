"""Production's arrangement without containers: the compose file's own commands and environment as
processes of this machine.

    by_hand.py [--webs 2] [--workers 4]

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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ports
import processes
import services
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
HOST = "homologa.example.com"
EMAIL = "root@homologa.example.com"
# What an image of ours runs, in the virtual environment instead.
PROGRAMS = ("celery", "uvicorn")
# Where the arrangement finds its servers instead: by the addresses that services.py gives.
OF_CONTAINERS = ("DATABASE_HOST", "DATABASE_PASSWORD_FILE", "REDIS_HOST", "REDIS_PASSWORD_FILE")
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::?(?P<sign>[-?])(?P<rest>[^}]*))?\}")


class NotStarted(Exception):
    """A process of the arrangement ended, or was not ready in time; the message is its log's end."""


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
    """What runs. `token` opens the API, `metrics_token` the webs' /metrics."""

    folder: Path
    services: Mapping[str, Service]
    servers: Mapping[str, str]
    secrets: Mapping[str, str]
    webs: list[Web] = field(default_factory=list)
    worker_ports: list[int] = field(default_factory=list)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def metrics_token(self) -> str:
        return self.secrets["metrics_token"]

    def run(self, name: str, **more: str) -> None:
        """Carries out a service that ends. Raises NotStarted."""
        process = self._start(name, name, self.services[name].command, more)
        if process.wait() != 0:
            raise NotStarted(processes.last_lines(self._log(name)))

    def make_administrator(self, password: str) -> None:
        """Raises NotStarted."""
        variables = {"HOMOLOGA_ADMIN_EMAIL": EMAIL, "HOMOLOGA_ADMIN_PASSWORD": password}
        command = ("python", "manage.py", "ensure_admin")
        process = self._start("web", "ensure_admin", command, variables)
        if process.wait() != 0:
            raise NotStarted(processes.last_lines(self._log("ensure_admin")))

    def start_web(self) -> Web:
        port = _free_port()
        command = _with_option(self.services["web"].command, "--host", ports.HOST)
        command = _with_option(command, "--port", str(port))
        web = Web(port, self._start("web", f"web-{len(self.webs)}", command, {}))
        self.webs.append(web)
        return web

    def start_worker(self) -> None:
        port = _free_port()
        name = f"worker-{len(self.worker_ports)}"
        more = {"WORKER_HEALTH_PORT": str(port)}
        self._start("worker", name, self.services["worker"].command, more)
        self.worker_ports.append(port)

    def start_beat(self) -> None:
        schedule = str(self.folder / "beat-schedule")
        command = _with_option(self.services["beat"].command, "--schedule", schedule)
        self._start("beat", "beat", command, {})

    def wait_until_healthy(self) -> None:
        """Raises NotStarted."""
        addresses = [(web.port, "/health/ready") for web in self.webs]
        addresses += [(port, "/health") for port in self.worker_ports]
        for port, path in addresses:
            self._wait(lambda port=port, path=path: ask(port, path)[0] == 200)  # type: ignore[misc]

    def stop_web(self, web: Web) -> None:
        processes.stop(web.process)
        self.webs.remove(web)
        self.running.remove(web.process)

    def stop(self) -> None:
        for process in reversed(self.running):
            processes.stop(process)

    def _wait(self, ready: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            ended = [process for process in self.running if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                logs = sorted(self.folder.glob("*.log"))
                raise NotStarted("\n".join(processes.last_lines(log, 5) for log in logs))
            time.sleep(0.1)

    def _start(
        self, service: str, name: str, command: tuple[str, ...], more: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        process = processes.start(
            [_program(word) for word in command],
            self._log(name),
            environment=self._environment(service) | more,
            folder=ROOT,
        )
        if self.services[service].command[0] != "sh" and name != "ensure_admin":
            self.running.append(process)
        return process

    def _environment(self, service: str) -> dict[str, str]:
        of_file = {
            name: value.replace("/run/secrets", str(self.folder / "secrets"))
            for name, value in self.services[service].environment.items()
            if name not in OF_CONTAINERS and value
        }
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        # As in a container, nothing else of the surroundings; this machine's user may be root.
        own = {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1", "C_FORCE_ROOT": "1"}
        return own | of_file | self.servers

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


@contextlib.contextmanager
def arranged(
    folder: Path, *, webs: int, workers: int, concurrency: int, latency_ms: int
) -> Iterator[Arrangement]:
    """PostgreSQL, Redis, the simulator, then the compose file's services as they depend on each
    other. Raises services.Unavailable, NotStarted."""
    given = {
        "HOMOLOGA_HOSTS": HOST,
        "HOMOLOGA_BEDROCK": "simulator",
        "CERTIFICATION_CONCURRENCY": str(concurrency),
    }
    with services.both() as servers:
        variables = {
            name: value
            for name in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")
            if (value := os.environ.get(name))
        }
        for server in servers:
            variables |= server.variables
        port = _free_port()
        simulator = processes.start(
            [sys.executable, "-m", "certification.simulator"]
            + ["--port", str(port), "--latency-ms", str(latency_ms)],
            folder / "simulator.log",
            folder=ROOT,
        )
        variables["SIMULATOR_URL"] = f"http://{ports.HOST}:{port}"
        here = Arrangement(folder, read(given), variables, _made_secrets(folder / "secrets"))
        here.running.append(simulator)
        try:
            here.run("migrate")
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
    request = urllib.request.Request(  # noqa: S310 - the scheme is ours
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


def _made_secrets(folder: Path) -> dict[str, str]:
    """As the head of the compose file says to make them."""
    folder.mkdir(mode=0o700)
    document = yaml.safe_load(COMPOSE.read_text())
    made = {name: secrets.token_hex(40) for name in document["secrets"]}
    for name, secret in made.items():
        (folder / name).write_text(secret)
    return made


def _program(word: str) -> str:
    """The venv's own, since its folder need not be on the caller's PATH."""
    if word == "python":
        return sys.executable
    return str(Path(sys.executable).with_name(word)) if word in PROGRAMS else word


def _with_option(command: tuple[str, ...], option: str, value: str) -> tuple[str, ...]:
    """Raises ValueError where the command has no such option."""
    at = command.index(option)
    return (*command[: at + 1], value, *command[at + 2 :])


def _free_port() -> int:
    return ports.free_near(0)


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
            arranged(
                Path(folder),
                webs=arguments.webs,
                workers=arguments.workers,
                concurrency=8,
                latency_ms=100,
            ) as here,
        ):
            here.make_administrator(password)
            said: dict[str, Any] = {
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
