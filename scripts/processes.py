"""Starts programs that end with the launcher, and stops them together with their children.

Every program gets its own session: a Ctrl-C in the terminal reaches only the launcher, which stops
the programs in order.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

GRACE_SECONDS = 15.0
_PR_SET_PDEATHSIG = 1


def _end_with_launcher(death_signal: signal.Signals) -> Callable[[], None] | None:
    """Returns a preexec function: Linux then sends the child a signal when the launcher dies.

    This also covers a launcher that is killed with -9. On other systems the next start stops the
    leftovers (single_run.py). Python code between fork and exec is safe here because the launcher
    has no threads.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def set_death_signal() -> None:
        prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # the launcher died before the prctl call
            os._exit(1)

    return set_death_signal


def start(
    command: Sequence[str],
    log: Path | None,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: tuple[int, int] | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Starts `command` in its own session. Its output is appended to `log`, or shown without one.

    Call it from the main thread: for Linux, the end of the thread that started a child is the death
    of its parent. `user` is the (uid, gid) to run as; only root may set it.
    """
    uid, gid = user or (None, None)
    with log.open("ab") if log else contextlib.nullcontext() as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if log else None,
            env=None if environment is None else dict(environment),
            cwd=folder,
            start_new_session=True,
            user=uid,
            group=gid,
            extra_groups=None if user is None else [],
            preexec_fn=_end_with_launcher(death_signal),
        )


def stop(
    process: subprocess.Popen[bytes],
    *,
    ask: signal.Signals = signal.SIGTERM,
    grace: float = GRACE_SECONDS,
    hurry: Callable[[], bool] = lambda: False,
) -> None:
    """Sends the signal `ask` to the program's group, and kills the group after `grace` seconds.

    `hurry` is called while waiting; if it returns True, the group is killed at once.
    """
    send(process.pid, ask)
    deadline = time.monotonic() + grace
    while process.poll() is None and time.monotonic() < deadline and not hurry():
        time.sleep(0.05)
    send(process.pid, signal.SIGKILL)
    process.wait()


def send(group: int, number: signal.Signals) -> None:
    """Sends a signal to a process group. A group that no longer exists is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def identity(pid: int) -> str | None:
    """Returns what distinguishes a process from a later one with the same pid (its start time);
    None if there is no such process."""
    with contextlib.suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text()
        state, start_ticks = (stat.rpartition(")")[2].split()[at] for at in (0, 19))
        return None if state == "Z" else f"ticks {start_ticks}"
    with contextlib.suppress(OSError):
        listed = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return listed.stdout.strip() or None
    return None


def last_lines(log: Path, count: int = 15) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    return ""
