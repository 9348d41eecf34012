"""Listeners of a job, and the poller that reads the database for all of them.

A poller belongs to one event loop, runs while the job has listeners, and holds no database
connection between two snapshots.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError

from certification.errors import JobNotFound
from certification.models import CertificationJob
from certification.queries.jobs import Progress

from .snapshots import LOOK_BACK, POLL_SECONDS, PairState, Snapshot, take_snapshot

logger = logging.getLogger(__name__)

# The most updates that wait for a listener. A slower one is disconnected, and reconnects by itself.
BACKLOG = 30
# Few, because they use the same pool of database connections as the requests.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live")


@dataclass(frozen=True, eq=False)
class Update:
    """The changes of a job between `since` and `at` (the database's clock).

    since:    end of the update before; a client that disconnects during this one reconnects with it
    progress: None if neither the job nor its progress changed
    """

    since: datetime
    at: datetime
    job: CertificationJob
    progress: Progress | None
    pairs: Sequence[PairState]
    is_last: bool


class Listener:
    """Receives the updates of a job from `since` on (None: from now on)."""

    def __init__(self, since: datetime | None) -> None:
        self.since = since
        self._updates: asyncio.Queue[Update | None] = asyncio.Queue(BACKLOG)

    async def next(self) -> Update | None:
        """Waits for the next update. None: closed, because the listener was too slow or the job was
        deleted."""
        return await self._updates.get()

    def send(self, update: Update) -> bool:
        """Queues an update. Returns False if BACKLOG updates wait already."""
        try:
            self._updates.put_nowait(update)
        except asyncio.QueueFull:
            return False
        return True

    def close(self) -> None:
        """Discards the waiting updates, and makes next() return None."""
        while not self._updates.empty():
            self._updates.get_nowait()
        self._updates.put_nowait(None)


@contextmanager
def listen(job_id: UUID, since: datetime | None) -> Iterator[Listener]:
    """Opens a listener; needs a running event loop.

    The first update holds the job's whole state, and comes within about a second.
    """
    listener = Listener(since)
    poller = _pollers.get(job_id)
    if poller is None:
        poller = _pollers[job_id] = _Poller(job_id)
    poller.new_listeners.add(listener)
    try:
        yield listener
    finally:
        poller.remove(listener)


class _Poller:
    def __init__(self, job_id: UUID) -> None:
        self._job_id = job_id
        self.new_listeners: set[Listener] = set()
        self._listeners: set[Listener] = set()
        self._last: Snapshot | None = None
        # The last sent state of each pair. Most pairs of a snapshot are in the next one too, and
        # the snapshot of the end has all pairs of the job.
        self._sent: dict[UUID, tuple[str, int]] = {}
        self._is_failing = False
        # In an empty context. The context of the first listener's request would keep the request
        # alive, and its language and database thread in use, after it has ended.
        self._task = asyncio.get_running_loop().create_task(self._run(), context=Context())

    def remove(self, listener: Listener) -> None:
        self.new_listeners.discard(listener)
        self._listeners.discard(listener)

    async def _run(self) -> None:
        try:
            while self.new_listeners or self._listeners:
                await self._poll()
                await asyncio.sleep(POLL_SECONDS)
        finally:
            del _pollers[self._job_id]
            self._close(self.new_listeners | self._listeners)

    async def _poll(self) -> None:
        """Takes a snapshot and sends updates.

        If the database does not answer, the next call continues from the last snapshot.
        """
        # Listeners that are added during the snapshot get the next one, which reaches back to them.
        new_listeners = set(self.new_listeners)
        cursors = [listener.since for listener in new_listeners if listener.since]
        if self._last is not None:
            cursors.append(self._last.at)
        since = min(cursors, default=None)
        loop = asyncio.get_running_loop()
        try:
            snapshot = await loop.run_in_executor(_threads, take_snapshot, self._job_id, since)
        except JobNotFound:
            self._close(self.new_listeners | self._listeners)
        except Exception as error:
            if not self._is_failing:
                logger.warning(
                    "job %s cannot be watched for now: %s",
                    self._job_id,
                    error,
                    exc_info=not isinstance(error, DatabaseError),
                )
            self._is_failing = True
        else:
            self._is_failing = False
            self._send(snapshot, new_listeners & self.new_listeners)

    def _send(self, snapshot: Snapshot, new_listeners: set[Listener]) -> None:
        update = self._changes(snapshot)
        too_slow = set()
        if update is not None:
            too_slow |= {listener for listener in self._listeners if not listener.send(update)}
        for since in {listener.since for listener in new_listeners}:
            first = initial_update(snapshot, since)
            for listener in new_listeners:
                if listener.since == since:
                    listener.send(first)
        self._listeners |= new_listeners
        self.new_listeners -= new_listeners
        self._close(too_slow)
        if snapshot.has_ended:
            self._listeners.clear()

    def _changes(self, snapshot: Snapshot) -> Update | None:
        """Returns the changes since the last snapshot, or None if there are none."""
        before = self._last
        if before is not None and snapshot.at <= before.at:
            return None  # a cached snapshot of another process, older than ours
        back_to = (before.at if before else snapshot.at) - LOOK_BACK
        recent = [
            pair for pair in snapshot.pairs if snapshot.is_whole or pair.changed_at >= back_to
        ]
        unsent = [pair for pair in recent if self._sent.get(pair.id) != _sent_state(pair)]
        self._last = snapshot
        self._sent |= {pair.id: _sent_state(pair) for pair in recent}
        if before is None:
            return None
        changed = (before.job.status, before.progress) != (snapshot.job.status, snapshot.progress)
        if not (changed or unsent or snapshot.has_ended):
            return None
        return Update(
            since=before.at,
            at=snapshot.at,
            job=snapshot.job,
            progress=snapshot.progress if changed or snapshot.has_ended else None,
            pairs=unsent,
            is_last=snapshot.has_ended,
        )

    def _close(self, listeners: set[Listener]) -> None:
        for listener in listeners:
            listener.close()
            self.new_listeners.discard(listener)
            self._listeners.discard(listener)


_pollers: dict[UUID, _Poller] = {}


def _sent_state(pair: PairState) -> tuple[str, int]:
    return pair.status, pair.attempt


def initial_update(snapshot: Snapshot, since: datetime | None) -> Update:
    """Returns a listener's first update: the whole state of the job, and the pairs that changed
    since `since` (None: the snapshot) less LOOK_BACK. To one that comes back to a job which has
    ended meanwhile: all pairs."""
    is_back_after_the_end = snapshot.is_whole and since is not None
    since = min(since or snapshot.at, snapshot.at)
    back_to = since - LOOK_BACK
    pairs = [pair for pair in snapshot.pairs if is_back_after_the_end or pair.changed_at >= back_to]
    return Update(since, snapshot.at, snapshot.job, snapshot.progress, pairs, snapshot.has_ended)
