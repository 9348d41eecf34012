"""Runs all of Homologa on one machine until Ctrl-C: `make run`.

Exit codes: 0 stopped by a signal, 1 a program did not start, 2 the machine or a setting prevents
it.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TextIO
from urllib.parse import urlsplit

from . import ports, processes, services
from .single_run import AlreadyRunning, only_run
from .supervision import Program, StartFailed, Stopped, StopRequests, Supervisor

ROOT = Path(__file__).resolve().parents[1]
# Models that pass, one that barely passes, and several that fail for different reasons.
FIRST_MODELS = (
    "amazon.nova-lite-v1:0",
    "amazon.nova-premier-v1:0",
    "anthropic.claude-opus-4-1-20250805-v1:0",
    "cohere.embed-english-v3",
    "meta.llama3-8b-instruct-v1:0",
    "meta.llama4-scout-17b-instruct-v1:0",
    "moonshot.kimi-k2-thinking",
)
FIRST_REGIONS = ("us-east-1", "us-west-2")


class CannotRun(Exception):
    """The machine or the settings prevent a run. The message says what to change."""


@dataclass(frozen=True)
class Plan:
    """The validated settings of this run. `simulator_port` is None against AWS; `worker_port` is
    None without the worker's health endpoint."""

    data: Path
    port: int
    simulator_port: int | None
    worker_port: int | None
    admin_email: str
    redis_given: bool
    variables: Mapping[str, str]

    @property
    def address(self) -> str:
        return f"http://{ports.HOST}:{self.port}"


def say(line: str, *, to: TextIO | None = None) -> None:
    # The terminal may be closed while programs are still being stopped.
    with contextlib.suppress(OSError):
        print(line, file=to, flush=True)


def shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


# --- Settings -----------------------------------------------------------------------------------


def data_folder(variables: Mapping[str, str]) -> Path:
    """Creates the data folder. Raises CannotRun."""
    data = Path(variables.get("HOMOLOGA_DATA_DIR") or ROOT / "var").absolute()
    try:
        (data / "logs").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotRun(
            f"The data folder {data} cannot be written ({error.strerror}): "
            "make it writable or name another one with HOMOLOGA_DATA_DIR."
        ) from None
    return data


def make_plan(environment: Mapping[str, str], data: Path) -> Plan:
    """Validates the settings. Raises CannotRun, e.g. for a used port or an unreachable Redis."""
    bedrock = environment.get("HOMOLOGA_BEDROCK") or "simulator"
    if bedrock not in ("simulator", "aws"):
        raise CannotRun(f"HOMOLOGA_BEDROCK must be simulator or aws, not {bedrock!r}.")
    port = _web_port(environment.get("PORT") or "8000")
    simulator_port = None
    if bedrock == "simulator":
        simulator_port = _simulator_port(environment.get("SIMULATOR_PORT"), port)
    worker_port = _worker_port(environment.get("WORKER_HEALTH_PORT"), (port, simulator_port))
    redis_given = _check_given_redis(environment)
    email = environment.get("HOMOLOGA_ADMIN_EMAIL") or "admin@homologa.local"
    variables = dict(environment) | {
        "HOMOLOGA_MODE": "laptop",
        "HOMOLOGA_DATA_DIR": str(data),
        "HOMOLOGA_BEDROCK": bedrock,
        "HOMOLOGA_ADMIN_EMAIL": email,
        "WORKER_HEALTH_PORT": str(worker_port or 0),
        "PYTHONUNBUFFERED": "1",
    }
    # Only the step that creates the administrator gets it.
    variables.pop("HOMOLOGA_ADMIN_PASSWORD", None)
    if simulator_port:
        variables["SIMULATOR_URL"] = f"http://{ports.HOST}:{simulator_port}"
    return Plan(data, port, simulator_port, worker_port, email, redis_given, variables)


def _web_port(text: str) -> int:
    port = 8000
    try:
        port = ports.number(text)
        ports.check(port)
    except ports.PortRefused as error:
        other = f"run PORT={ports.free_near(port + 1)} make run"
        taken = isinstance(error, ports.PortTaken)
        raise CannotRun(f"{error}: {'stop what uses it or ' * taken}{other}.") from None
    return port


def _simulator_port(text: str | None, web_port: int) -> int:
    if not text:
        return ports.free_near(web_port + 100)
    try:
        port = ports.number(text)
        ports.check(port)
    except ports.PortRefused as error:
        raise CannotRun(f"{error}: give another SIMULATOR_PORT, or none.") from None
    if port == web_port:
        raise CannotRun("PORT and SIMULATOR_PORT are the same: give two different ones.")
    return port


def _worker_port(text: str | None, others: Collection[int | None]) -> int | None:
    if text == "0":
        return None
    if not text:
        # The other programs' ports are reserved, although nothing listens there yet.
        return ports.free_near(next(port for port in range(3002, 3005) if port not in others))
    try:
        port = ports.number(text)
        ports.check(port)
    except ports.PortRefused as error:
        raise CannotRun(f"{error}: give another WORKER_HEALTH_PORT, 0 or none.") from None
    if port in others:
        raise CannotRun("WORKER_HEALTH_PORT is another program's port: give a different one.")
    return port


def _check_given_redis(variables: Mapping[str, str]) -> bool:
    """Returns whether the environment names a Redis. Raises CannotRun if none of it answers."""
    url, hosts = variables.get("REDIS_URL"), variables.get("REDIS_HOST")
    if not url and not hosts:
        return False
    given = url or f"redis://{hosts}"
    errors = []
    for host in _hosts(given):
        try:
            _connect(given, host, variables.get("REDIS_PORT") if not url else None)
        except (OSError, ValueError) as error:
            errors.append(str(error))
        else:
            return True
    raise CannotRun(
        f"No Redis answers where {'REDIS_URL' if url else 'REDIS_HOST'} points "
        f"({'; '.join(errors)}): start it, correct the variable, or unset it to use the bundled "
        "one."
    )


def _hosts(url: str) -> list[str]:
    """Returns the hosts of a URL with their ports. They may be several, with commas."""
    return urlsplit(url).netloc.rpartition("@")[2].split(",")


def _connect(url: str, host: str, port: str | None) -> None:
    """Raises OSError, and ValueError for a port that is none."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(parts.path)
    else:
        at = urlsplit(f"//{host.strip()}")
        address = (at.hostname or "localhost", at.port or int(port or 6379))
        socket.create_connection(address, timeout=3).close()


# --- Programs -----------------------------------------------------------------------------------


def answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(ports.HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def is_healthy(worker_port: int | None) -> bool:
    return worker_port is None or answers(worker_port, "/health")


def broker(sockets: Path, variables: Mapping[str, str]) -> Program:
    """Returns the bundled Redis or Valkey. Raises services.Unavailable."""
    command = services.redis_command(services.redis_binary(), sockets)
    return Program("redis", command, variables, lambda _: services.redis_answers(sockets))


def programs(plan: Plan, variables: Mapping[str, str]) -> list[Program]:
    """Returns the programs in the order of their start; they are stopped in reverse order."""
    python, started = sys.executable, []
    if plan.simulator_port:
        started.append(_simulator(plan.simulator_port, variables))
    web = [python, "-m", "uvicorn", "config.asgi:application", "--host", ports.HOST]
    # Otherwise an open event stream would delay the stop until its client disconnects.
    web += ["--port", str(plan.port), "--lifespan", "off", "--timeout-graceful-shutdown", "3"]
    celery = [python, "-m", "celery", "-A", "config"]
    worker = [*celery, "worker", "-P", "threads"]
    worker += ["--without-mingle", "--without-gossip"]  # for several workers
    beat = [*celery, "beat", "--schedule", str(plan.data / "beat-schedule")]
    started += [
        Program("web", web, variables, lambda _: answers(plan.port, "/health/live")),
        Program("worker", worker, variables, lambda _: is_healthy(plan.worker_port)),
        Program("beat", beat, variables),
    ]
    return started


def _simulator(port: int, variables: Mapping[str, str]) -> Program:
    command = [sys.executable, "-m", "bedrock_simulator", "--port", str(port)]
    return Program("simulator", command, variables, lambda _: answers(port, "/_simulator/health"))


def prepare(supervisor: Supervisor, variables: Mapping[str, str]) -> str:
    """Prepares database, catalogue and administrator; returns the text about the administrator.

    Raises StartFailed and Stopped.
    """
    manage = [sys.executable, "manage.py"]
    for name, title in (("migrate", "Database"), ("load_catalogue", "Catalogue")):
        started = time.monotonic()
        supervisor.step(name, [*manage, name], variables)
        say(f"{title} ready ({time.monotonic() - started:.1f} s)")
    password = os.environ.get("HOMOLOGA_ADMIN_PASSWORD")
    with_password = {**variables, **({"HOMOLOGA_ADMIN_PASSWORD": password} if password else {})}
    said = supervisor.step("ensure_admin", [*manage, "ensure_admin"], with_password)
    # It may hold a password, which is shown once and not stored.
    supervisor.log("ensure_admin").unlink()
    return said.strip()


def first_certification(plan: Plan) -> list[str]:
    command = [sys.executable, "manage.py", "certify", "--wait"]
    for model in FIRST_MODELS:
        command += ["--model", model]
    for region in FIRST_REGIONS:
        command += ["--region", region]
    return command if plan.simulator_port is None else [*command, "--if-none"]


def certify_first(
    plan: Plan, variables: Mapping[str, str], supervisor: Supervisor, requests: StopRequests
) -> None:
    """Runs a certification on the first run. Against AWS, which is billed, it is only suggested."""
    command = first_certification(plan)
    if plan.simulator_port is None:
        where = [] if plan.data == ROOT / "var" else [f"HOMOLOGA_DATA_DIR={shown(plan.data)}"]
        words = " ".join([*where, ".venv/bin/python", *command[1:]])
        say(f"\nCertifying against AWS is billed, so nothing was started. To begin:\n\n  {words}\n")
        return
    process = processes.start(command, None, environment=variables)
    try:
        while process.poll() is None:
            supervisor.watch()
            requests.wait(0.2)
    finally:  # SIGINT, as from Ctrl-C: the program then restores the terminal
        processes.stop(process, ask=signal.SIGINT, grace=3, hurry=requests.hurry)
    if process.returncode not in (0, 1):  # 1: some pairs failed, which is a valid result
        say("The first certification could not run; the reason is above.")


def where_to_look(plan: Plan, admin: str) -> str:
    bedrock = f"the bundled simulator ({plan.variables.get('SIMULATOR_URL')})"
    lines = {
        "Admin": f"{plan.address}/admin/",
        "API": f"{plan.address}/api/certification-queue/",
        "Login": plan.admin_email,
        "Bedrock": bedrock if plan.simulator_port else "AWS",
        "Worker": f"http://{ports.HOST}:{plan.worker_port}/health" if plan.worker_port else "",
        "Data, logs": f"{shown(plan.data)}, {shown(plan.data / 'logs')}",
    }
    table = "\n".join(f"  {name:<11} {value}" for name, value in lines.items() if value)
    return f"\nHomologa is running.\n\n{table}\n\n{admin}\n\nCtrl-C stops it."


# --- One run ----------------------------------------------------------------------------------


def run(plan: Plan, sockets: Path, supervisor: Supervisor, requests: StopRequests) -> NoReturn:
    """Runs until a stop is requested. Always ends with an exception.

    Raises Stopped, StartFailed or services.Unavailable.
    """
    variables = plan.variables
    if not plan.redis_given:
        variables = {**variables, **services.redis_variables(sockets)}
        supervisor.start(broker(sockets, variables))
    admin = prepare(supervisor, variables)
    told = False
    try:
        started = time.monotonic()
        all_programs = programs(plan, variables)
        supervisor.start(*all_programs)
        names = ", ".join(program.name for program in all_programs)
        say(f"Started {names} ({time.monotonic() - started:.1f} s)")
        certify_first(plan, variables, supervisor, requests)
        say(where_to_look(plan, admin))
        told = True
        while True:
            supervisor.watch()
            requests.wait(0.5)
    finally:
        if not told:  # a new password is shown only once
            say(admin)


def run_exclusively(requests: StopRequests) -> NoReturn:
    """Locks the data folder, runs, stops all programs and removes temporary files.

    Always ends with an exception: those of `run`, AlreadyRunning or CannotRun.
    """
    data = data_folder(os.environ)
    with only_run(data) as record:
        left = record.clear_leftovers()
        if left:
            say(f"Stopped {left} programs that an earlier run left behind.")
        plan = make_plan(os.environ, data)
        with services.private_folder() as sockets:
            supervisor = Supervisor(
                data / "logs", requests, say=say, changed=lambda now: record.write(sockets, now)
            )
            try:
                run(plan, sockets, supervisor, requests)
            finally:
                if requests.count:
                    say("\nStopping ... (Ctrl-C again to kill)")
                supervisor.stop()


def main() -> int:
    os.chdir(ROOT)
    os.umask(0o077)  # only the owner may read the database, the secret key and the logs
    try:
        run_exclusively(StopRequests())
    except Stopped:
        say("Stopped. Nothing is left running.")
        return 0
    except AlreadyRunning as other:
        say(
            f"Homologa already runs here (process {other}): stop it first, or give this one its "
            "own place with HOMOLOGA_DATA_DIR=var2 PORT=8001 make run.",
            to=sys.stderr,
        )
        return 2
    except (CannotRun, services.Unavailable) as error:
        say(str(error), to=sys.stderr)
        return 2
    except StartFailed as error:
        say(f"\n{error}", to=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
