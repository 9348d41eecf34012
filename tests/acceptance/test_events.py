"""A job's live events over real connections, while a real worker carries the job out."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from .deployment import QUEUE, Deployment, free_port, wait_until
from .test_nothing_is_lost import open_job

pytestmark = pytest.mark.processes

MANY = 200


@dataclass(frozen=True)
class Event:
    name: str
    id: str
    data: dict[str, Any]
    received_at: float


class Reader(threading.Thread):
    """Reads a stream to its end, or disconnects after `most` events."""

    def __init__(
        self,
        deployment: Deployment,
        job_id: str,
        last_event_id: str = "",
        most: int = 0,
        port: int = 0,
    ) -> None:
        super().__init__(daemon=True)
        self.events: list[Event] = []
        self._most = most
        self._path = f"{QUEUE}/jobs/{job_id}/events"
        self._headers = {"Authorization": f"Bearer {deployment.token}"}
        if last_event_id:
            self._headers["Last-Event-ID"] = last_event_id
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", port or deployment.port, timeout=90
        )
        self._connection.connect()
        self._socket: socket.socket = self._connection.sock
        self.start()

    def run(self) -> None:
        # Either side may disconnect at any time.
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            self._connection.request("GET", self._path, headers=self._headers)
            response = self._connection.getresponse()
            assert response.status == 200, response.read()
            fields: dict[str, str] = {}
            for line in response:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                    continue
                if "event" in fields:
                    self._receive(fields)
                    if len(self.events) == self._most:
                        break
                fields = {}
        self.disconnect()

    def _receive(self, fields: dict[str, str]) -> None:
        data = json.loads(fields["data"])
        self.events.append(Event(fields["event"], fields["id"], data, time.time()))

    def disconnect(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    @property
    def last(self) -> dict[str, Any]:
        return [event.data for event in self.events if event.name == "job"][-1]

    @property
    def has_received_the_end(self) -> bool:
        return bool(self.events) and self.events[-1].name == "end"


def last_status_by_pair(events: list[Event]) -> dict[str, str]:
    """Returns the last status that was sent of each pair, by its id."""
    return {
        event.data["id"]: event.data["status"] for event in events if event.name == "certification"
    }


def as_recorded(deployment: Deployment, opened: dict[str, Any]) -> dict[str, str]:
    status, answer = deployment.request(
        "GET", f"{QUEUE}/jobs/{opened['jobId']}/certifications?limit=100"
    )
    assert status == 200, answer
    pairs = answer["data"]["certifications"]
    assert len(pairs) == opened["totalJobs"]
    return {pair["id"]: pair["status"] for pair in pairs}


@contextmanager
def worker(deployment: Deployment) -> Iterator[None]:
    process = deployment.start_worker()
    try:
        yield
    finally:
        deployment.kill(process)


def test_a_job_is_sent_from_its_opening_to_its_end(deployment: Deployment) -> None:
    opened = open_job(deployment)
    reader = Reader(deployment, opened["jobId"])
    wait_until("the first state", lambda: bool(reader.events))
    assert reader.events[0].name == "job"
    assert reader.events[0].data["totalModels"] == opened["totalJobs"]

    with worker(deployment):
        wait_until("the end", lambda: reader.has_received_the_end)

    assert last_status_by_pair(reader.events) == as_recorded(deployment, opened)
    counts = [event.data["processedModels"] for event in reader.events if event.name == "job"]
    assert counts == sorted(counts)
    assert any(counts[0] < count < counts[-1] for count in counts), "no progress was sent"
    job = deployment.job(opened["jobId"])
    same = {"status", *(name for name in job if name.endswith(("Count", "Models")))}
    assert {name: reader.last[name] for name in same} == {name: job[name] for name in same}


def test_a_client_that_reconnects_again_and_again_misses_no_pair(deployment: Deployment) -> None:
    opened = open_job(deployment)
    received: list[Event] = []
    disconnects = 0

    with worker(deployment):
        while not (received and received[-1].name == "end"):
            reader = Reader(
                deployment,
                opened["jobId"],
                received[-1].id if received else "",
                most=2 * disconnects + 2,
            )
            reader.join(60)
            assert reader.events, "a stream without an event"
            received += reader.events
            disconnects += 1
            time.sleep(0.3)

    assert disconnects > 3
    assert last_status_by_pair(received) == as_recorded(deployment, opened)


def test_two_hundred_listeners_receive_updates_in_time_and_do_not_delay_others(
    deployment: Deployment,
) -> None:
    opened = open_job(deployment)
    started = time.monotonic()
    readers = [Reader(deployment, opened["jobId"]) for _ in range(MANY)]
    wait_until("every first state", lambda: all(reader.events for reader in readers))
    connected = time.monotonic() - started

    with worker(deployment):
        wait_until(
            "some verdicts", lambda: "PASSED" in last_status_by_pair(readers[0].events).values()
        )
        requested_at = time.monotonic()
        deployment.job(opened["jobId"])
        answered = time.monotonic() - requested_at
        wait_until(
            "the end for all", lambda: all(reader.has_received_the_end for reader in readers)
        )

    recorded = as_recorded(deployment, opened)
    missed = [
        {
            pair: (status, seen.get(pair))
            for pair, status in recorded.items()
            if seen.get(pair) != status
        }
        for seen in (last_status_by_pair(reader.events) for reader in readers)
    ]
    assert not any(missed), [each for each in missed if each]
    delays = sorted(
        event.received_at - datetime.fromisoformat(event.data["completedAt"]).timestamp()
        for reader in readers
        for event in reader.events
        if event.name == "certification" and event.data["status"] in ("PASSED", "FAILED")
    )
    print(
        f"\n{MANY} listeners: connected in {connected:.1f} s; from a verdict to its readers"
        f" {statistics.median(delays):.2f} s, at most {delays[-1]:.2f} s;"
        f" another request meanwhile {answered:.2f} s"
    )


def test_a_server_that_is_stopped_does_not_wait_for_its_listeners(deployment: Deployment) -> None:
    opened = open_job(deployment)
    port, graceful = free_port(), 2
    server = deployment.start(
        "web-to-stop", "uvicorn", "config.asgi:application", "--port", str(port),
        "--lifespan", "off", "--timeout-graceful-shutdown", str(graceful),
    )  # fmt: skip
    wait_until("the server to answer", lambda: _is_open(port))
    readers = [Reader(deployment, opened["jobId"], port=port) for _ in range(20)]
    wait_until("every first state", lambda: all(reader.events for reader in readers))

    stopped_at = time.monotonic()
    server.send_signal(signal.SIGTERM)
    server.wait(60)

    print(
        f"\nstopped in {time.monotonic() - stopped_at:.1f} s of a graceful timeout of {graceful} s"
    )
    for reader in readers:
        reader.join(60)
        assert not reader.is_alive()
    deployment.request("DELETE", f"{QUEUE}/jobs/{opened['jobId']}")


def _is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
