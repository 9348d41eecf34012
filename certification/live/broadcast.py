"""Listeners of a job, and the watcher that looks for all of them.

A watcher belongs to one event loop, lives as long as somebody listens, and holds no connection
between two looks.
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

from .snapshots import EVERY, LOOK_BACK, Look, PairState, look

logger = logging.getLogger(__name__)

# Updates that a listener may be behind; one that is slower is let go, and comes back by itself.
BACKLOG = 30
# Few: they share the process's pool of connections with the requests.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live")


@dataclass(frozen=True, eq=False)
class Update:
    """What a listener has not heard yet, up to the database's time `at`.

    since: the time up to which the listener had heard; who breaks off in the middle of an update
           comes back with that
    job:   with its counts, where it or they changed
    """

    since: datetime
    at: datetime
    job: CertificationJob
    progress: Progress | None
    pairs: Sequence[PairState]
    is_last: bool


class Listener:
    """Hears of a job from `since` on; None: from now on."""

    def __init__(self, since: datetime | None) -> None:
        self.since = since
        self._updates: asyncio.Queue[Update | None] = asyncio.Queue(BACKLOG)

    async def next(self) -> Update | None:
        """Waits for the next update. None: there will be none, since this listener was too slow or
        the job is gone."""
        return await self._updates.get()

    def tell(self, update: Update) -> bool:
        """False if the listener is too far behind."""
        try:
            self._updates.put_nowait(update)
        except asyncio.QueueFull:
            return False
        return True

    def let_go(self) -> None:
        while not self._updates.empty():
            self._updates.get_nowait()
        self._updates.put_nowait(None)


@contextmanager
def listening(job_id: UUID, since: datetime | None) -> Iterator[Listener]:
    """Within a running event loop; a first update, with the job's whole state, comes within a
    second."""
    listener = Listener(since)
    watcher = _watchers.get(job_id)
    if watcher is None:
        watcher = _watchers[job_id] = _Watcher(job_id)
    watcher.newcomers.add(listener)
    try:
        yield listener
    finally:
        watcher.forget(listener)


class _Watcher:
    def __init__(self, job_id: UUID) -> None:
        self._job_id = job_id
        self.newcomers: set[Listener] = set()
        self._listeners: set[Listener] = set()
        self._seen: Look | None = None
        # What was told of the pairs that the last look saw change: the next one sees most of them
        # again. It holds no more than a few seconds' changes.
        self._told: dict[UUID, tuple[str, int]] = {}
        self._is_failing = False
        # A context of its own: that of the first listener's request would be held, and its
        # language and thread used, long after the request is gone.
        self._task = asyncio.get_running_loop().create_task(self._watch(), context=Context())

    def forget(self, listener: Listener) -> None:
        self.newcomers.discard(listener)
        self._listeners.discard(listener)

    async def _watch(self) -> None:
        try:
            while self.newcomers or self._listeners:
                await self._look_and_tell()
                await asyncio.sleep(EVERY)
        finally:
            del _watchers[self._job_id]
            self._let_go(self.newcomers | self._listeners)

    async def _look_and_tell(self) -> None:
        """Outlives a database that is away: the next look goes on from the last one that worked."""
        # Those who come during the look are told with the next one, which reaches back for them.
        newcomers = set(self.newcomers)
        cursors = [listener.since for listener in newcomers if listener.since]
        if self._seen is not None:
            cursors.append(self._seen.at)
        since = min(cursors, default=None)
        loop = asyncio.get_running_loop()
        try:
            seen = await loop.run_in_executor(_threads, look, self._job_id, since)
        except JobNotFound:
            self._let_go(self.newcomers | self._listeners)
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
            self._tell(seen, newcomers & self.newcomers)

    def _tell(self, seen: Look, newcomers: set[Listener]) -> None:
        news = self._news(seen)
        late = set()
        if news is not None:
            late |= {listener for listener in self._listeners if not listener.tell(news)}
        for since in {listener.since for listener in newcomers}:
            first = opening(seen, since)
            for listener in newcomers:
                if listener.since == since:
                    listener.tell(first)
        self._listeners |= newcomers
        self.newcomers -= newcomers
        self._let_go(late)
        if seen.has_ended:
            self._listeners.clear()

    def _news(self, seen: Look) -> Update | None:
        """What those who listen already have not heard; None for nothing."""
        before = self._seen
        if before is not None and seen.at <= before.at:
            return None  # what another process saw before us
        back_to = (before.at if before else seen.at) - LOOK_BACK
        recent = [pair for pair in seen.pairs if pair.changed_at >= back_to]
        fresh = [pair for pair in recent if self._told.get(pair.id) != _state(pair)]
        self._seen = seen
        self._told = {pair.id: _state(pair) for pair in recent}
        if before is None:
            return None
        changed = (before.job.status, before.progress) != (seen.job.status, seen.progress)
        if not (changed or fresh or seen.has_ended):
            return None
        return Update(
            since=before.at,
            at=seen.at,
            job=seen.job,
            progress=seen.progress if changed or seen.has_ended else None,
            pairs=fresh,
            is_last=seen.has_ended,
        )

    def _let_go(self, listeners: set[Listener]) -> None:
        for listener in listeners:
            listener.let_go()
            self.newcomers.discard(listener)
            self._listeners.discard(listener)


_watchers: dict[UUID, _Watcher] = {}


def _state(pair: PairState) -> tuple[str, int]:
    return pair.status, pair.attempt


def opening(seen: Look, since: datetime | None) -> Update:
    """The whole state, and what changed since; for one who starts now also what changed while he
    was coming."""
    since = min(since or seen.at, seen.at)
    pairs = [pair for pair in seen.pairs if pair.changed_at >= since - LOOK_BACK]
    return Update(since, seen.at, seen.job, seen.progress, pairs, seen.has_ended)
