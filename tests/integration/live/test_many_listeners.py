"""The cost of many clients, and the clean-up after they disconnect."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test import override_settings

from certification.api import events
from certification.live import broadcast, snapshots
from certification.live.snapshots import POLL_SECONDS
from certification.worker import recording
from tests.factories.certification import result

from .conftest import Listen
from .streams import Server, queries_of_watchers, wait_until
from .test_changes import claimed, opened, pass_all

pytestmark = pytest.mark.slow

MANY = 200


def test_two_hundred_listeners_cost_the_database_as_much_as_one(listen: Listen) -> None:
    job = opened(models=2)
    first, second = job.certifications.all()
    with queries_of_watchers() as statements:
        streams = [listen(job) for _ in range(MANY)]
        wait_until("every first state", lambda: all(stream.of("job") for stream in streams))
        statements.clear()
        began = time.monotonic()
        time.sleep(4.5)
        sent = len(statements)
        looks = int((time.monotonic() - began) / POLL_SECONDS) + 1
    assert 3 <= sent <= looks * 3, "each second one look: the job, what changed, the counts"

    committed = time.monotonic()
    recording.record(claimed(first), result())
    verdict = (str(first.pk), "PASSED")
    wait_until(
        "the verdict for all", lambda: all(verdict in stream.statuses() for stream in streams)
    )
    last = max(
        event.heard_at
        for stream in streams
        for event in stream.events
        if event.name == "certification" and event.data["status"] == "PASSED"
    )
    print(f"\n{MANY} listeners: {sent} statements in {looks} looks;")
    print(f"the last one heard {last - committed:.2f} s after the record")

    recording.record(claimed(second), result())
    for stream in streams:
        stream.wait_for_end()
        assert stream.events[-1].name == "end"


def test_when_the_last_listener_goes_the_watcher_stops(listen: Listen, server: Server) -> None:
    job = opened()
    with queries_of_watchers() as statements:
        streams = [listen(job), listen(job)]
        for stream in streams:
            stream.wait_for_state()
        server.disconnect(streams[0])
        seen = len(statements)
        wait_until("the next look for the other", lambda: len(statements) > seen)

        server.disconnect(streams[1])

        wait_until("every task to end", lambda: server.tasks() == 0)
        time.sleep(0.1)  # for a look in progress
        statements.clear()
        time.sleep(2.5)
        assert statements == []
    assert broadcast._pollers == {}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no pool")
def test_open_streams_hold_no_connection(listen: Listen) -> None:
    job = opened()
    streams = [listen(job) for _ in range(40)]
    for stream in streams:
        stream.wait_for_state()
    connection.close()
    pool = connection.pool  # type: ignore[attr-defined]

    def all_are_back() -> bool:
        stats = pool.get_stats()
        return bool(stats["pool_available"] == stats["pool_size"])

    wait_until("every connection to come back", all_are_back)


def test_a_client_that_does_not_read_is_disconnected_and_the_others_go_on(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast, "BACKLOG", 1)
    job = opened(models=4)
    slow, quick = listen(job), listen(job)
    slow.wait_for_state()
    quick.wait_for_state()
    slow.reads.clear()

    for n, pair in enumerate(job.certifications.all()[:3]):
        recording.record(claimed(pair), result())
        wait_until("the count", partial(quick.has_counted, n + 1))

    slow.reads.set()
    slow.wait_for_end()
    assert slow.of("end") == []
    assert not quick.is_over
    again = listen(job, last_event_id=slow.events[-1].id)
    again.wait_for_state()
    told = {pair for pair, _ in slow.statuses() + again.statuses()}
    assert len(told) == 3


def test_streams_survive_an_unavailable_database(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT", 0.3)
    job = opened()
    stream = listen(job)
    stream.wait_for_state()
    read, refused = snapshots._read, threading.Event()

    def away(*_: object) -> None:
        refused.set()
        raise OperationalError("the database is away")

    monkeypatch.setattr(snapshots, "_read", away)
    assert refused.wait(60)
    beats = stream.text.count(": heartbeat\n\n")
    pass_all(job)
    wait_until("a heartbeat", lambda: stream.text.count(": heartbeat\n\n") > beats + 1)
    assert stream.statuses() == []

    monkeypatch.setattr(snapshots, "_read", read)

    stream.wait_for_end()
    assert stream.statuses() == [(str(job.certifications.get().pk), "PASSED")]


def test_streams_work_without_the_cache(listen: Listen) -> None:
    away = {
        "default": {
            "BACKEND": "certification.cache.ForgivingRedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    job = opened()
    with override_settings(CACHES=away):
        stream = listen(job)
        stream.wait_for_state()

        pass_all(job)

        stream.wait_for_end()
    assert (str(job.certifications.get().pk), "PASSED") in stream.statuses()


def test_a_stream_ends_by_itself_after_its_time(
    listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LONGEST", 1.5)
    job = opened()

    stream = listen(job)

    stream.wait_for_end()
    assert [event.name for event in stream.events] == ["job"]


def test_a_watcher_that_breaks_ends_its_streams(
    listen: Listen, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise DatabaseError("not of this world")

    job = opened()
    stream = listen(job)
    stream.wait_for_state()
    monkeypatch.setattr(broadcast._Poller, "_changes", broken)

    stream.wait_for_end()
    assert stream.of("end") == []
