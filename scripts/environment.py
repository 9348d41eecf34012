"""Makes .venv hold exactly what a lock file names, and does nothing when it already does.

    environment.py [runtime|dev]

Needs nothing but the standard library, for it runs before anything is installed. Exits 2 with
one sentence when the environment cannot be made.
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
ROOM_MB = 500
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
    """The environment cannot be made; the message says what to do about it."""


@dataclass(frozen=True)
class Environment:
    """The virtual environment of one checkout, and the locks that it can be made from."""

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
    """The name of a lock's content; what the stamp holds once that lock is installed."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def pins(lock: Path) -> set[str]:
    """The requirement lines of a lock, without their hashes."""
    lines = lock.read_text().splitlines()
    return {line.rstrip(" \\") for line in lines if line and line[0] not in " #-"}


def is_satisfied(environment: Environment, kind: str) -> bool:
    """Whether the last complete install covers the lock of `kind`."""
    try:
        installed = environment.stamp.read_text().strip()
    except OSError:
        return False
    wanted, dev = environment.lock(kind), environment.lock("dev")
    if installed == fingerprint(wanted):
        return True
    return dev.exists() and installed == fingerprint(dev) and pins(wanted) <= pins(dev)


def interpreter_works(environment: Environment) -> bool:
    """False for no environment, a half made one, and one whose system Python went or changed."""
    try:
        done = subprocess.run(
            [environment.python, "-c", "import pip"], capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def make_interpreter(environment: Environment) -> None:
    """Raises CannotMakeEnvironment when this Python has no venv, or the disk refuses."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        raise CannotMakeEnvironment(
            f"Python {version} is here without its venv module: install it "
            f"(Debian and Ubuntu: apt install python{version}-venv) and try again."
        )
    run_logged(environment, [sys.executable, "-m", "venv", "--clear", str(environment.folder)])


def install(environment: Environment, kind: str) -> None:
    """Installs a lock, hashes checked; the stamp is taken away first and written last.

    So an install that is interrupted anywhere is done again the next time.
    """
    environment.stamp.unlink(missing_ok=True)
    command = [str(environment.python), "-m", "pip", "install", "--require-hashes"]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    command += ["--retries", "2", "--timeout", "20", "-r", str(environment.lock(kind))]
    run_logged(environment, command)
    environment.stamp.write_text(fingerprint(environment.lock(kind)) + "\n")


def run_logged(environment: Environment, command: list[str]) -> None:
    """Raises CannotMakeEnvironment, with the reason that the log shows, if the command fails."""
    # Settings of the caller's own Python would make pip install somewhere else.
    surroundings = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX")
    }
    with environment.log.open("a") as log:
        start = log.tell()
        done = subprocess.run(
            command, stdout=log, stderr=subprocess.STDOUT, env=surroundings, check=False
        )
    if done.returncode:
        with environment.log.open(errors="replace") as log:
            log.seek(start)
            raise CannotMakeEnvironment(advice(log.read(), environment.log))


def advice(output: str, log: Path) -> str:
    """What to do about a failed install, in one sentence."""
    if "No space left on device" in output or "Disk quota exceeded" in output:
        return f"The disk is full: free about {ROOM_MB} MB and try again (details: {log})."
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
def alone(folder: Path) -> Iterator[None]:
    """Two commands started at once on a fresh checkout must not install into one another."""
    with (folder / "environment.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another command that is installing …", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def ensure(environment: Environment, kind: str) -> None:
    """Raises CannotMakeEnvironment, or OSError where the disk cannot be written."""
    if is_satisfied(environment, kind) and interpreter_works(environment):
        return
    environment.log.parent.mkdir(parents=True, exist_ok=True)
    with alone(environment.log.parent):
        if is_satisfied(environment, kind) and interpreter_works(environment):
            return
        if shutil.disk_usage(environment.root).free < ROOM_MB * 2**20:
            raise CannotMakeEnvironment(f"The disk is full: free about {ROOM_MB} MB and try again.")
        environment.log.write_text("")
        count = len(pins(environment.lock(kind)))
        print(f"Installing {count} packages into .venv …", end=" ", flush=True)
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
