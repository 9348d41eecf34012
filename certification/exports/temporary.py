"""Folders for the temporary files of exports. Those of a process that was killed are removed by the
next export."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

PREFIX: Final = "homologa-export-"
# Seconds between the making of a folder and its lock, at most.
LOCKED_WITHIN: Final = 60


@contextmanager
def folder() -> Iterator[str]:
    """Yields an empty folder, which is locked as long as this process lives, and removed after."""
    remove_abandoned()
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as path:
        lock = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield path
        finally:
            os.close(lock)


def remove_abandoned() -> None:
    """Removes the folders that no process holds any more."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > LOCKED_WITHIN and not _is_held(path):
                shutil.rmtree(path)


def _is_held(path: Path) -> bool:
    lock = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
