"""The pulse of a worker process: it says that it lives, and puts right what others left.

Every worker reconciles, so nothing depends on a scheduler being up: what two of them do at the
same time is done by conditional UPDATEs, or is a message too many, which is a no-op.
"""

from __future__ import annotations

import logging
import os
import socket
import threading

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from . import certifying, dispatch, jobs, results
from .models import CertificationJob, JobCertification, Worker
from .states import OPEN_PAIR

logger = logging.getLogger(__name__)


def register(concurrency: int) -> Worker:
    return Worker.objects.create(
        hostname=socket.gethostname(), pid=os.getpid(), concurrency=concurrency
    )


def beat(worker: Worker) -> None:
    Worker.objects.filter(pk=worker.pk).update(beat_at=Now())


def sign_off(worker: Worker) -> None:
    """Says that the worker is gone, so that what it still held is taken back at once."""
    Worker.objects.filter(pk=worker.pk).update(stopped_at=Now())


def reconcile(worker: Worker | None = None) -> None:
    """Puts right what crashes and lost messages left.

    1. take back the pairs of lost workers, and what this one dropped; give up those that used up
       their attempts
    2. ring for due rows that nobody rang for, and for rows whose messages were lost
    3. close jobs whose last pair ended without anyone closing them
    """
    for pair_id in dispatch.take_back(worker, certifying.in_hand()):
        results.give_up(pair_id)
    dispatch.ring_due()
    dispatch.ring_again()
    open_pairs = JobCertification.objects.filter(job=OuterRef("pk"), status__in=OPEN_PAIR)
    left_open = CertificationJob.objects.filter(completed_at=None).filter(~Exists(open_pairs))
    for job_id in left_open.values_list("pk", flat=True):
        jobs.finish(job_id)


class Heartbeat(threading.Thread):
    """Beats and reconciles until it is stopped; outlives a database or a broker that is away."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._worker = worker
        self._stopped = threading.Event()

    def run(self) -> None:
        while True:
            try:
                close_old_connections()
                beat(self._worker)
                reconcile(self._worker)
            except (DatabaseError, OperationalError) as error:
                logger.warning("no heartbeat or reconciliation this time: %s", error)
            except Exception:
                logger.exception("reconciliation failed")
            if self._stopped.wait(settings.WORKER_BEAT_SECONDS):
                break
        connection.close()

    def stop(self) -> None:
        self._stopped.set()
        self.join(timeout=settings.WORKER_BEAT_SECONDS)
