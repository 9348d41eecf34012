"""Installs the packages of a lock file into .venv, unless they are installed already.

    environment.py [runtime|dev]

Uses only the standard library, because it runs before anything is installed. Exits with 2 and one
sentence if it fails.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = {"runtime": "requirements.lock", "dev": "requirements-dev.lock"}
NEEDED_MB = 500
NO_NETWORK_SIGNS = (
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ProxyError",
    "Connection refused",
    "Network is unreachable",
    "Temporary failure in name resolution",
)


class CannotMakeEnvironment(Exception):
    """The environment cannot be created. The message says what to do."""


@dataclass(frozen=True)
class Environment:
    """The virtual environment of one checkout, and its lock files."""

    root: Path
    log: Path

    @property
    def folder(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.folder / "installed-lock"

    def lock(self, kind: str) -> Path:
        return self.root / LOCKS[kind]


def fingerprint(lock: Path) -> str:
    """Returns a hash of a lock file. The stamp holds it after a complete install."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def pins(lock: Path) -> set[str]:
    """Returns the requirement lines of a lock file, without hashes."""
    lines = lock.read_text().splitlines()
    return {line.rstrip(" \\") for line in lines if line and line[0] not in " #-"}


def is_satisfied(environment: Environment, kind: str) -> bool:
    """Returns whether the last complete install covers the lock file of `kind`."""
    try:
        installed = environment.stamp.read_text().strip()
    except OSError:
        return False
    required, dev = environment.lock(kind), environment.lock("dev")
    if installed == fingerprint(required):
        return True
    return dev.exists() and installed == fingerprint(dev) and pins(required) <= pins(dev)


def interpreter_works(environment: Environment) -> bool:
    """Returns False if .venv is missing or incomplete, or its system Python is gone or changed."""
    try:
        done = subprocess.run(
            [environment.python, "-c", "import pip"], capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def make_interpreter(environment: Environment) -> None:
    """Creates .venv. Raises CannotMakeEnvironment, e.g. if this Python lacks the venv module."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        raise CannotMakeEnvironment(
            f"Python {version} is here without its venv module: install it "
            f"(Debian and Ubuntu: apt install python{version}-venv) and try again."
        )
    run_logged(environment, [sys.executable, "-m", "venv", "--clear", str(environment.folder)])


def install(environment: Environment, kind: str) -> None:
    """Installs a lock file with hash checking.

    The stamp is deleted first and written last, so that an interrupted install is repeated.
    """
    environment.stamp.unlink(missing_ok=True)
    command = [str(environment.python), "-m", "pip", "install", "--require-hashes"]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    command += ["--retries", "2", "--timeout", "20", "-r", str(environment.lock(kind))]
    run_logged(environment, command)
    environment.stamp.write_text(fingerprint(environment.lock(kind)) + "\n")


def run_logged(environment: Environment, command: list[str]) -> None:
    """Runs a command. Raises CannotMakeEnvironment, with advice from its log, if it fails."""
    # These variables would make pip install into another place.
    environment_variables = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX")
    }
    with environment.log.open("a") as log:
        start = log.tell()
        done = subprocess.run(
            command, stdout=log, stderr=subprocess.STDOUT, env=environment_variables, check=False
        )
    if done.returncode:
        with environment.log.open(errors="replace") as log:
            log.seek(start)
            raise CannotMakeEnvironment(advice(log.read(), environment.log))


def advice(output: str, log: Path) -> str:
    """Returns one sentence on what to do about a failed install."""
    if "No space left on device" in output or "Disk quota exceeded" in output:
        return f"The disk is full: free about {NEEDED_MB} MB and try again (details: {log})."
    if "DO NOT MATCH THE HASHES" in output:
        return (
            "A downloaded package is not the one that the lock file names: try again, and if it "
            f"stays so, do not trust the package index in use (details: {log})."
        )
    if any(sign in output for sign in NO_NETWORK_SIGNS):
        return (
            "The package index cannot be reached: check the network (or the proxy and index that "
            f"pip is set to use) and try again (details: {log})."
        )
    return f"The packages could not be installed: the reason is at the end of {log}."


@contextmanager
def install_lock(folder: Path) -> Iterator[None]:
    """Locks the folder, so that parallel commands do not install at the same time."""
    with (folder / "environment.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another command that is installing ...", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def ensure(environment: Environment, kind: str) -> None:
    """Installs what is missing. Raises CannotMakeEnvironment, or OSError for an unwritable disk."""
    if is_satisfied(environment, kind) and interpreter_works(environment):
        return
    environment.log.parent.mkdir(parents=True, exist_ok=True)
    with install_lock(environment.log.parent):
        if is_satisfied(environment, kind) and interpreter_works(environment):
            return
        if shutil.disk_usage(environment.root).free < NEEDED_MB * 2**20:
            raise CannotMakeEnvironment(
                f"The disk is full: free about {NEEDED_MB} MB and try again."
            )
        environment.log.write_text("")
        count = len(pins(environment.lock(kind)))
        print(f"Installing {count} packages into .venv ...", end=" ", flush=True)
        started = time.monotonic()
        try:
            if not interpreter_works(environment):
                make_interpreter(environment)
            install(environment, kind)
        except BaseException:
            print(flush=True)
            raise
        print(f"{time.monotonic() - started:.0f} s", flush=True)


def main(arguments: list[str]) -> int:
    kind = arguments[0] if arguments else "runtime"
    if kind not in LOCKS:
        print(f"environment.py knows {' and '.join(LOCKS)}, not {kind!r}.", file=sys.stderr)
        return 2
    data = Path(os.environ.get("HOMOLOGA_DATA_DIR") or ROOT / "var").absolute()
    try:
        ensure(Environment(root=ROOT, log=data / "logs" / "install.log"), kind)
    except CannotMakeEnvironment as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"The environment cannot be written: {error}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted: the install starts again next time.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
