"""The ASGI application in an event loop in another thread, and streams that are read from it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.core.asgi import get_asgi_application
from django.db.backends.signals import connection_created

from certification.models import CertificationJob


def path_of(job: CertificationJob) -> str:
    return f"/api/certification-queue/jobs/{job.pk}/events"


def wait_until(what: str, true: Callable[[], Any], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)


@dataclass(frozen=True)
class Event:
    name: str
    id: str
    data: dict[str, Any]
    heard_at: float


@dataclass
class Stream:
    """One client's connection. Clear `reads` for a client that does not read for a while."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    events: list[Event] = field(default_factory=list)
    is_over: bool = False
    reads: threading.Event = field(default_factory=threading.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    asked: bool = False

    async def receive(self) -> dict[str, Any]:
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Mapping[str, Any]) -> None:
        while not self.reads.is_set():
            await asyncio.sleep(0.01)
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {
                name.decode().lower(): value.decode() for name, value in message["headers"]
            }
            return
        chunk = message.get("body", b"").decode()
        self.text += chunk
        self.events += [
            event for block in chunk.split("\n\n") if (event := _event(block)) is not None
        ]

    def of(self, name: str) -> list[dict[str, Any]]:
        return [event.data for event in self.events if event.name == name]

    def has_counted(self, pairs: int) -> bool:
        return bool(self.of("job")[-1]["processedModels"] == pairs)

    def statuses(self) -> list[tuple[str, str]]:
        """Returns the changes that were sent: (pair id, status)."""
        return [(data["id"], data["status"]) for data in self.of("certification")]

    def wait_for_state(self) -> None:
        wait_until("the first state", lambda: self.of("job"))

    def wait_for_end(self) -> None:
        wait_until("the end of the stream", lambda: self.is_over)


def _event(block: str) -> Event | None:
    fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
    if "event" not in fields:
        return None
    return Event(fields["event"], fields["id"], json.loads(fields["data"]), time.monotonic())


class Server:
    """Serves the application like an ASGI server."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._application: Any = get_asgi_application()
        self._thread = threading.Thread(target=self.loop.run_forever, name="server")
        self._thread.start()
        self._requests: list[tuple[Stream, Future[None]]] = []

    def connect(self, path: str, **headers: str) -> Stream:
        stream = Stream()
        stream.reads.set()
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "query_string": b"",
            "headers": [
                (b"host", b"localhost"),
                *(
                    (name.replace("_", "-").encode(), value.encode())
                    for name, value in headers.items()
                ),
            ],
        }

        async def serve() -> None:
            try:
                await self._application(scope, stream.receive, stream.send)
            finally:
                stream.is_over = True

        self._requests.append((stream, self._run(serve())))
        return stream

    def disconnect(self, stream: Stream) -> None:
        self.loop.call_soon_threadsafe(stream.gone.set)
        stream.wait_for_end()

    def tasks(self) -> int:
        """Returns the number of unfinished tasks: requests, their parts, and watchers."""

        async def count() -> int:
            return len(asyncio.all_tasks()) - 1

        return int(self._run(count()).result(60))

    def stop(self) -> None:
        for stream, request in self._requests:
            stream.reads.set()
            self.disconnect(stream)
            request.result(60)
        wait_until("every task to end", lambda: self.tasks() == 0)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(work, self.loop)


@contextmanager
def queries_of_watchers() -> Iterator[list[str]]:
    """Records the SQL statements of watchers, on all connections."""
    statements: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if threading.current_thread().name.startswith("live"):
            statements.append(sql)
        return execute(sql, params, many, context)

    def attach(connection: Any, **_: Any) -> None:
        if note not in connection.execute_wrappers:
            connection.execute_wrappers.append(note)

    connection_created.connect(attach)
    try:
        yield statements
    finally:
        connection_created.disconnect(attach)
