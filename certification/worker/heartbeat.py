"""The heartbeat of a worker process: a row that says when the process was last alive."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from certification.models import Worker

logger = logging.getLogger(__name__)


def register(concurrency: int, health_port: int | None = None) -> Worker:
    """Adds the row of this process. Raises DatabaseError."""
    return Worker.objects.create(
        hostname=socket.gethostname(),
        pid=os.getpid(),
        concurrency=concurrency,
        health_port=health_port,
    )


def beat(worker: Worker) -> None:
    Worker.objects.filter(pk=worker.pk).update(beat_at=Now())


def sign_off(worker: Worker) -> None:
    """Marks the worker as stopped, so that its pairs are reclaimed at once."""
    Worker.objects.filter(pk=worker.pk).update(stopped_at=Now())


class Heartbeat(threading.Thread):
    """Beats every WORKER_BEAT_SECONDS, and does nothing else: what delays a reconciler (a broker
    that does not answer, a lock) must not make its worker look dead."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._worker = worker
        self._stopping = threading.Event()
        self.turned_at = time.monotonic()
        self._steady_since = self._last = time.monotonic()

    def run(self) -> None:
        while True:
            self.turned_at = time.monotonic()
            survive("heartbeat", self._beat)
            if self._stopping.wait(settings.WORKER_BEAT_SECONDS):
                connection.close()
                return

    def may_judge(self) -> bool:
        """Whether this process has beaten without a break for half of WORKER_LOST_AFTER_SECONDS,
        so that the others could, too.

        After the database was away for everyone, the first process to beat again finds all the
        others silent: they are not lost.
        """
        return time.monotonic() - self._steady_since >= _longest_pause() and not self._is_late()

    def age(self) -> float:
        """Seconds since the database last took a heartbeat."""
        return time.monotonic() - self._last

    def stop(self) -> None:
        self._stopping.set()
        self.join(timeout=settings.WORKER_BEAT_SECONDS)

    def _beat(self) -> None:
        beat(self._worker)
        if self._is_late():
            self._steady_since = time.monotonic()
        self._last = time.monotonic()

    def _is_late(self) -> bool:
        return self.age() > _longest_pause()


def survive(name: str, step: Callable[[], object]) -> None:
    """Runs a step of a loop and logs its error: the next turn of the loop tries again."""
    try:
        close_old_connections()
        step()
    except (DatabaseError, OperationalError) as error:
        logger.warning("%s failed, and will be tried again: %s", name, error)
    except Exception:
        logger.exception("%s failed, and will be tried again", name)


def _longest_pause() -> float:
    return settings.WORKER_LOST_AFTER_SECONDS / 2
