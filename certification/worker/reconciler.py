"""Repairs what crashes and lost messages left.

Every worker reconciles, so nothing depends on a scheduler being up. Two workers that do it at the
same time do no harm: each repair is a conditional UPDATE, or a message too many, which changes
nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef

from certification.jobs import lifecycle
from certification.models import CertificationJob, JobCertification, Worker
from certification.outcomes import standings
from certification.queue import admission, claims
from certification.states import OPEN_PAIR

from . import recording
from .activity import ACTIVITY
from .heartbeat import Heartbeat, survive

# The least time between two rounds of admission, seconds.
ADMIT_EVERY = 0.1


Step = tuple[str, Callable[[], object]]


def reconcile(worker: Worker | None = None, *, judging: bool = True) -> None:
    """One round of repairs, up to the first that fails."""
    for _name, step in repairs(worker, judging=judging):
        step()


def repairs(worker: Worker | None = None, *, judging: bool = True) -> tuple[Step, ...]:
    """Returns the repairs by name. Workers that are silent count as lost only while `judging`
    (Heartbeat.may_judge).

    1. reclaim the pairs of lost workers, and those that `worker` no longer works on; give up
       those that have used up their attempts
    2. give up pairs whose region's circuit has been open for too long
    3. end pairs that went back to waiting after their job was cancelled, and close jobs whose
       last pair ended without closing them
    4. settle standings whose job was deleted while it ran
    5. admit waiting pairs, and publish lost messages again
    """
    return (
        ("reclaiming pairs", lambda: _reclaim(worker, judging=judging)),
        ("giving up pairs of open circuits", _give_up_regions),
        ("ending cancelled pairs", lifecycle.end_cancelled),
        ("closing jobs", _close_jobs),
        ("settling standings", standings.settle_orphans),
        ("admission", admission.admit),
        ("publishing lost messages", admission.republish_lost),
    )


def _reclaim(worker: Worker | None, *, judging: bool) -> None:
    for pair_id in claims.reclaim_lost(worker, ACTIVITY.in_hand(), judging=judging):
        recording.give_up(pair_id)


def _give_up_regions() -> None:
    for pair_id in claims.waiting_too_long():
        recording.give_up_region(pair_id)


def _close_jobs() -> None:
    open_pairs = JobCertification.objects.filter(job=OuterRef("pk"), status__in=OPEN_PAIR)
    left_open = CertificationJob.objects.filter(completed_at=None).filter(~Exists(open_pairs))
    for job_id in left_open.values_list("pk", flat=True):
        lifecycle.finish(job_id)


class Reconciler(threading.Thread):
    """Reconciles every WORKER_BEAT_SECONDS, and admits waiting pairs whenever a slot is freed."""

    def __init__(self, worker: Worker, heart: Heartbeat) -> None:
        super().__init__(name="reconciler", daemon=True)
        self._worker = worker
        self._heart = heart
        self._stopped = False
        self.turned_at = time.monotonic()

    def run(self) -> None:
        due = 0.0
        while not self._stopped:
            self.turned_at = time.monotonic()
            ACTIVITY.slot_freed.clear()
            if time.monotonic() >= due:
                due = time.monotonic() + settings.WORKER_BEAT_SECONDS
                # One by one: a repair that fails each time must not prevent the others.
                for name, step in repairs(self._worker, judging=self._heart.may_judge()):
                    self.turned_at = time.monotonic()
                    survive(name, step)
            else:
                survive("admission", admission.admit)
            time.sleep(ADMIT_EVERY)
            ACTIVITY.slot_freed.wait(max(0.0, due - time.monotonic()))
        connection.close()

    def stop(self) -> None:
        self._stopped = True
        ACTIVITY.slot_freed.set()
        self.join(timeout=settings.WORKER_BEAT_SECONDS)
