"""The pulse of a worker process: it says that it lives, and puts right what others left.

Every worker reconciles, so nothing depends on a scheduler being up: what two of them do at the
same time is done by conditional UPDATEs, or is a message too many, which is a no-op.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from certification.jobs import lifecycle
from certification.models import CertificationJob, JobCertification, Worker
from certification.queue import admission, claims
from certification.states import OPEN_PAIR

from . import recording, run_pair

logger = logging.getLogger(__name__)

# The least time between two looks for free places, seconds.
ADMIT_EVERY = 0.1


def register(concurrency: int) -> Worker:
    return Worker.objects.create(
        hostname=socket.gethostname(), pid=os.getpid(), concurrency=concurrency
    )


def beat(worker: Worker) -> None:
    Worker.objects.filter(pk=worker.pk).update(beat_at=Now())


def sign_off(worker: Worker) -> None:
    """Says that the worker is gone, so that what it still held is taken back at once."""
    Worker.objects.filter(pk=worker.pk).update(stopped_at=Now())


def reconcile(worker: Worker | None = None, *, judging: bool = True) -> None:
    """Puts right what crashes and lost messages left; whose silence counts only while `judging`.

    1. take back the pairs of lost workers, and what this one dropped; give up those that used up
       their attempts
    2. give up pairs whose region has been shut for too long
    3. end pairs that came back after their job was cancelled, and close jobs whose last pair ended
       without anyone closing them
    4. give out places, and ring again for rows whose messages were lost
    """
    for pair_id in claims.reclaim_lost(worker, run_pair.in_hand(), judging=judging):
        recording.give_up(pair_id)
    for pair_id in claims.waiting_too_long():
        recording.give_up_region(pair_id)
    lifecycle.end_cancelled()
    open_pairs = JobCertification.objects.filter(job=OuterRef("pk"), status__in=OPEN_PAIR)
    left_open = CertificationJob.objects.filter(completed_at=None).filter(~Exists(open_pairs))
    for job_id in left_open.values_list("pk", flat=True):
        lifecycle.finish(job_id)
    admission.admit()
    admission.republish_lost()


class Heartbeat(threading.Thread):
    """Beats, and does nothing else: what keeps a reconciler waiting (a broker that does not
    answer, a lock) must not make its worker look dead."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._worker = worker
        self._stopping = threading.Event()
        self._steady_since = self._last = time.monotonic()

    def run(self) -> None:
        while True:
            _outlive(self._beat)
            if self._stopping.wait(settings.WORKER_BEAT_SECONDS):
                connection.close()
                return

    def may_judge(self) -> bool:
        """Whether it has beaten for a while without a break, so that others could, too.

        After a database that was away for all, the first to beat again finds everyone silent.
        """
        return time.monotonic() - self._steady_since >= _a_while() and not self._is_late()

    def age(self) -> float:
        """Seconds since the database last took a beat."""
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
        return self.age() > _a_while()


class Reconciler(threading.Thread):
    """Reconciles as often as the heart beats, and gives out places as soon as some are free."""

    def __init__(self, worker: Worker, heart: Heartbeat) -> None:
        super().__init__(name="reconciler", daemon=True)
        self._worker = worker
        self._heart = heart
        self._stopped = False

    def run(self) -> None:
        due = 0.0
        while not self._stopped:
            run_pair.slot_freed.clear()
            if time.monotonic() >= due:
                due = time.monotonic() + settings.WORKER_BEAT_SECONDS
                _outlive(lambda: reconcile(self._worker, judging=self._heart.may_judge()))
            else:
                _outlive(admission.admit)
            time.sleep(ADMIT_EVERY)
            run_pair.slot_freed.wait(max(0.0, due - time.monotonic()))
        connection.close()

    def stop(self) -> None:
        self._stopped = True
        run_pair.slot_freed.set()
        self.join(timeout=settings.WORKER_BEAT_SECONDS)


def _a_while() -> float:
    return settings.WORKER_LOST_AFTER_SECONDS / 2


def _outlive(step: Callable[[], object]) -> None:
    """Takes a step, whatever comes of it: there will be another."""
    try:
        close_old_connections()
        step()
    except (DatabaseError, OperationalError) as error:
        logger.warning("not this time: %s", error)
    except Exception:
        logger.exception("reconciliation failed")
