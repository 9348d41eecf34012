"""Allows one run per data folder, and stops what a killed run left behind.

The lock is a kernel lock, which ends with its process. The file beside it records the identities of
the started programs, because process numbers are reused.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import processes


class AlreadyRunning(Exception):
    """Another run uses the data folder."""


@dataclass(frozen=True)
class Record:
    """The file with this run's programs (pid → identity) and its folder of sockets."""

    path: Path

    def write(self, sockets: Path, programs: Mapping[int, str | None]) -> None:
        content = {"sockets": str(sockets), "programs": {str(p): i for p, i in programs.items()}}
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(content))
        new.replace(self.path)

    def clear_leftovers(self, grace: float = 5.0) -> int:
        """Stops the last run's programs and removes its sockets; returns how many were stopped."""
        try:
            content = json.loads(self.path.read_text())
            programs = {int(pid): known for pid, known in content["programs"].items()}
            sockets = Path(content["sockets"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return 0
        left = [pid for pid, known in programs.items() if _is_still(pid, known)]
        for pid in left:
            processes.send(pid, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline and any(_is_still(pid, programs[pid]) for pid in left):
            time.sleep(0.05)
        for pid in left:
            if _is_still(pid, programs[pid]):
                processes.send(pid, signal.SIGKILL)
        # Removes only folders with the prefix of services.private_folder.
        if sockets.name.startswith("homologa-"):
            shutil.rmtree(sockets, ignore_errors=True)
        self.path.unlink()
        return len(left)


def _is_still(pid: int, known: str | None) -> bool:
    return known is not None and processes.identity(pid) == known


@contextlib.contextmanager
def only_run(data: Path) -> Iterator[Record]:
    """Locks `data` for this process. Raises AlreadyRunning with the other process's pid."""
    with (data / "run.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(file.read().strip()) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        record = Record(data / "run.json")
        try:
            yield record
        finally:
            record.path.unlink(missing_ok=True)
