"""Starting a program so that it cannot outlive us by accident, and stopping it with all its own.

Every program gets its own session: a Ctrl-C in the terminal reaches only the launcher, which then
stops the others in the right order.
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


def _dies_with_us(death_signal: signal.Signals) -> Callable[[], None] | None:
    """What a child runs before its program: Linux sends it a signal when we are gone.

    Running Python between fork and exec is safe here because the launcher has no threads.
    The one remedy against a launcher killed with -9. Elsewhere the next start finds the
    leftovers (single_run.py).
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def ask_the_kernel() -> None:
        prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask_the_kernel


def start(
    command: Sequence[str],
    log: Path | None,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user: tuple[int, int] | None = None,
    death_signal: signal.Signals = signal.SIGKILL,
) -> subprocess.Popen[bytes]:
    """Starts `command` in its own session, its output added to `log`, or shown if there is none.

    Call it from the main thread: Linux counts the end of the thread that started a child as the
    death of its parent. `user` is (uid, gid) to drop to; only root may give it.
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
            preexec_fn=_dies_with_us(death_signal),
        )


def stop(
    process: subprocess.Popen[bytes],
    *,
    ask: signal.Signals = signal.SIGTERM,
    grace: float = GRACE_SECONDS,
    hurry: Callable[[], bool] = lambda: False,
) -> None:
    """Asks the program's whole group to end, and kills what has not after `grace` seconds.

    `hurry` is looked at while waiting; true kills at once.
    """
    send(process.pid, ask)
    deadline = time.monotonic() + grace
    while process.poll() is None and time.monotonic() < deadline and not hurry():
        time.sleep(0.05)
    send(process.pid, signal.SIGKILL)
    process.wait()


def send(group: int, number: signal.Signals) -> None:
    """Signals a group; one that is gone is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def identity(pid: int) -> str | None:
    """What tells a process from a later one with the same number; None if there is no such one."""
    with contextlib.suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text()
        state, start_ticks = (stat.rpartition(")")[2].split()[at] for at in (0, 19))
        return None if state == "Z" else f"ticks {start_ticks}"
    with contextlib.suppress(OSError):
        shown = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return shown.stdout.strip() or None
    return None


def last_lines(log: Path, count: int = 15) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    return ""
