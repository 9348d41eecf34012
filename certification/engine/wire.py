"""The bytes of every answer, read below botocore: bounded in number and in total time.

botocore bounds neither: its timeouts count from one piece of an answer to the next. So the sockets
of its connections are replaced by ones that count what they receive, and look several times a
second whether the call's time is up or its run was stopped. The other limits hold for what botocore
or a JSON parser would make of those bytes.
"""

from __future__ import annotations

import io
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)

from .errors import CallError, Category

# Bytes of one answer with its headers and framing. The longest text that a check asks for has
# 8,192 tokens; an event takes some 300 bytes for each. InvokeModel: Bedrock's own limit of a body.
MAX_BYTES: Final = {
    "Converse": 2 * 1024 * 1024,
    "ConverseStream": 8 * 1024 * 1024,
    "InvokeModel": 25_000_000,
    "GetFoundationModelAvailability": 64 * 1024,
    "CountTokens": 64 * 1024,
}
# Answers with more bytes than LARGE are held by LARGE_AT_ONCE threads of the process at a time.
LARGE: Final = 2 * 1024 * 1024
LARGE_AT_ONCE: Final = 2
# Bytes of one event, and objects, lists and members of one JSON text.
MAX_EVENT: Final = 256 * 1024
MAX_ITEMS: Final = 100_000
# Seconds between two looks at the limits while nothing arrives.
LOOK_EVERY: Final = 0.25
PRELUDE: Final = 12

_large = threading.BoundedSemaphore(LARGE_AT_ONCE)


class Stopped(Exception):
    """The caller stopped the run, which has no result."""


@dataclass
class _Run:
    """What holds for all calls of a thread's run."""

    stopped: Callable[[], bool]
    holds_large: bool = False

    def take_turn(self, expires: float) -> None:
        """Waits for one of the LARGE_AT_ONCE turns. Raises CallError(DEADLINE), or Stopped."""
        while not self.holds_large:
            self.holds_large = _large.acquire(timeout=LOOK_EVERY)
            self.check(expires)

    def check(self, expires: float) -> None:
        if time.monotonic() >= expires:
            raise CallError(Category.DEADLINE, "The pair's time was up before the answer's end.")
        if self.stopped():
            raise Stopped


@dataclass
class _Limits:
    """What is left for one call: seconds until `expires` (monotonic), and bytes."""

    expires: float
    allowed: int
    run: _Run
    received: int = field(default=0, init=False)

    def check(self) -> None:
        """Raises CallError(DEADLINE), or Stopped."""
        self.run.check(self.expires)

    def patience(self, idle: float) -> float:
        return max(0.001, min(LOOK_EVERY, idle, self.expires - time.monotonic()))

    def count(self, size: int) -> None:
        """Raises CallError(ANSWER_TOO_LARGE). Waits for its turn if the answer has become large."""
        self.received += size
        if self.received > self.allowed:
            raise too_large(f"The answer has more than {self.allowed:,} bytes.")
        if self.received > LARGE:
            self.run.take_turn(self.expires)


_run: ContextVar[_Run] = ContextVar("run")
_limits: ContextVar[_Limits] = ContextVar("limits")


@contextmanager
def interrupted_by(stopped: Callable[[], bool]) -> Iterator[None]:
    """While an answer comes in this thread, `stopped` is asked several times a second; if it
    returns True, the call raises Stopped."""
    token = _run.set(_Run(stopped))
    try:
        yield
    finally:
        let_go()
        _run.reset(token)


def take_turn(seconds: float) -> None:
    """Waits until this thread may hold an answer that needs much memory, until `let_go`. Raises
    CallError(DEADLINE) after `seconds`, or Stopped."""
    run = _run.get(None)
    if run is not None:
        run.take_turn(time.monotonic() + seconds)


def let_go() -> None:
    """Says that this thread has done with the answers that it has read."""
    run = _run.get(None)
    if run is not None and run.holds_large:
        run.holds_large = False
        _large.release()


@contextmanager
def limited(operation: str, seconds: float) -> Iterator[None]:
    """Limits the answer of the call that is made inside: to MAX_BYTES, and to `seconds` in all.

    The answer keeps its limits when it is read after the end of the block. Reading and sending
    raise CallError (ANSWER_TOO_LARGE, DEADLINE) and Stopped.
    """
    run = _run.get(None) or _Run(lambda: False)
    token = _limits.set(_Limits(time.monotonic() + seconds, MAX_BYTES[operation], run))
    try:
        yield
    finally:
        if _run.get(None) is None and run.holds_large:
            _large.release()
        _limits.reset(token)


def too_large(text: str) -> CallError:
    return CallError(Category.ANSWER_TOO_LARGE, text)


def check_items(body: bytes) -> None:
    """Raises CallError if JSON has too many objects, lists and members to be parsed: each takes a
    hundred times its bytes. Counts those in texts too."""
    if body.count(b",") + body.count(b"{") + body.count(b"[") > MAX_ITEMS:
        raise too_large(f"The answer has more than {MAX_ITEMS:,} parts.")


def limit(client: Any) -> None:
    """Makes a botocore client read through this module. Every call has to be made in `limited`."""
    # Shared by the session's connections with and without a proxy.
    client._endpoint.http_session._pool_classes_by_scheme.update(http=_Pool, https=_SecurePool)
    client.meta.events.register("before-parse", _check_before_parsing)


def in_whole_events(stream: Any) -> Any:
    """Makes a botocore event stream get whole events, none longer than MAX_EVENT: it copies an
    event that has begun again with every piece that arrives."""
    stream._raw_stream = _WholeEvents(stream._raw_stream)
    return stream


def _check_before_parsing(response_dict: dict[str, Any], **_: object) -> None:
    body = response_dict["body"]
    if isinstance(body, bytes):
        check_items(body)


class _WholeEvents:
    """The part of a urllib3 response that an event stream uses."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def stream(self) -> Iterator[bytes]:
        pending = bytearray()
        for piece in self._raw.stream():
            pending += piece
            while len(pending) >= PRELUDE:
                length = _length(pending[:PRELUDE])
                if len(pending) < length:
                    break
                yield bytes(pending[:length])
                del pending[:length]
        if pending:
            yield bytes(pending)

    def close(self) -> None:
        self._raw.close()


def _length(prelude: bytes | bytearray) -> int:
    """Returns an event's length in bytes; that of the prelude if it is none, for botocore to say
    so. Raises CallError."""
    if zlib.crc32(prelude[:8]) != int.from_bytes(prelude[8:]):
        return PRELUDE
    length = int.from_bytes(prelude[:4])
    if length > MAX_EVENT:
        raise too_large(f"An event of the stream has {length:,} bytes.")
    return max(length, PRELUDE)


class _Socket:
    """A connected socket that keeps to the limits of the call that uses it."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._idle = connected.gettimeout() or 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def settimeout(self, seconds: float) -> None:
        """The time in which something must arrive."""
        self._idle = seconds

    def sendall(self, data: Any) -> None:
        left = memoryview(data).cast("B")
        limits = _limits.get()
        while left:
            left = left[self._patiently(limits, partial(self._socket.send, left)) :]

    def makefile(self, *_args: object, **_options: object) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self, _limits.get()))

    def _patiently(self, limits: _Limits, step: Callable[[], int]) -> int:
        """Repeats a step that times out; raises TimeoutError after the idle time."""
        began = time.monotonic()
        while True:
            limits.check()
            self._socket.settimeout(limits.patience(self._idle))
            try:
                return step()
            except TimeoutError:
                if time.monotonic() - began >= self._idle:
                    raise


class _Reader(io.RawIOBase):
    """The answer to one call."""

    def __init__(self, connection: _Socket, limits: _Limits) -> None:
        self._connection = connection
        self._limits = limits
        # Keeps the socket open until the answer is read, after its connection was closed.
        self._keeper = connection._socket.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        connection = self._connection
        size = connection._patiently(self._limits, partial(connection._socket.recv_into, buffer))
        self._limits.count(size)
        return size

    def close(self) -> None:
        if not self.closed:
            self._keeper.close()
        super().close()


class _Limited:
    """The part of a connection that makes its socket keep to the limits."""

    sock: Any

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        self.sock = _Socket(self.sock)

    def _tunnel(self) -> None:
        plain = self.sock
        self.sock = _Socket(plain)
        super()._tunnel()  # type: ignore[misc]
        self.sock = plain


class _Connection(_Limited, AWSHTTPConnection):  # type: ignore[misc]
    pass


class _SecureConnection(_Limited, AWSHTTPSConnection):  # type: ignore[misc]
    pass


class _Pool(AWSHTTPConnectionPool):  # type: ignore[misc]
    ConnectionCls = _Connection


class _SecurePool(AWSHTTPSConnectionPool):  # type: ignore[misc]
    ConnectionCls = _SecureConnection
