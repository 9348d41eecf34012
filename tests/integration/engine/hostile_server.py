"""A server whose answers are meant to exhaust the time or the memory of the one who reads them.

It speaks HTTP over bare sockets, since no HTTP library sends what it sends. The model id of a
request's path names the behaviour: `/model/<behaviour>/converse`.
"""

from __future__ import annotations

import base64
import socketserver
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import repeat

from bedrock_simulator.wire import EVENT_STREAM, encode, frame

# Seconds between two bytes of an answer that drips.
PACE = 0.05
MANY = 200_000

Chunks = Iterator[bytes]


def _turn(*blocks: object) -> bytes:
    return encode(
        {
            "output": {"message": {"role": "assistant", "content": list(blocks)}},
            "stopReason": "end_turn",
            "usage": {"inputTokens": 1, "outputTokens": 1},
        }
    )


PARIS = _turn({"text": "Paris"})


def _head(length: int | None, content_type: str = "application/json") -> bytes:
    told = "" if length is None else f"content-length: {length}\r\n"
    return f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\n{told}\r\n".encode()


def _whole(body: bytes) -> Chunks:
    yield _head(len(body)) + body


def _delta(text: str) -> bytes:
    return frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}})


def _slowly(data: bytes) -> Chunks:
    for byte in data:
        yield bytes((byte,))


def body_drip(_path: str) -> Chunks:
    yield _head(1_000_000)
    yield from repeat(b" ")


def header_drip(_path: str) -> Chunks:
    yield b"HTTP/1.1 200 OK\r\nx-a: "
    yield from repeat(b"a")


def endless_continue(_path: str) -> Chunks:
    yield from repeat(b"HTTP/1.1 100 Continue\r\n\r\n")


def event_drip(path: str) -> Chunks:
    """One event that never ends; an answer that is not streamed drips likewise."""
    if not path.endswith("-stream"):
        yield from _whole(PARIS)
        return
    yield _head(None, EVENT_STREAM)
    yield from _slowly(_delta("x" * 1_000_000))


def unknown_events(path: str) -> Chunks:
    """Valid events of a type that the client does not know, and so never shows."""
    if not path.endswith("-stream"):
        yield from _whole(PARIS)
        return
    yield _head(None, EVENT_STREAM)
    yield from repeat(frame("sparkles", {"a": "b"}))


def huge_frame(path: str) -> Chunks:
    if not path.endswith("-stream"):
        yield from _whole(PARIS)
        return
    headers = frame("x", {})[12:-4]
    prelude = struct.pack("!II", 24_000_000, len(headers))
    yield _head(None, EVENT_STREAM) + prelude + struct.pack("!I", zlib.crc32(prelude))
    yield from repeat(b"x" * 65_536)


def endless_body(_path: str) -> Chunks:
    yield _head(None)
    yield b'{"output": "'
    yield from repeat(b"a" * 65_536)


def tiny_chunks(_path: str) -> Chunks:
    """One byte of the body a chunk: the framing is six times as long."""
    yield b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    yield from repeat(b"1\r\n \r\n" * 10_000)


def many_blocks(_path: str) -> Chunks:
    return _whole(_turn(*[{"text": "a"}] * MANY))


def many_keys(_path: str) -> Chunks:
    use = {"toolUseId": "a", "name": "get_weather", "input": {str(n): {} for n in range(MANY)}}
    return _whole(_turn({"text": "Paris"}, {"toolUse": use}))


def many_items(_path: str) -> Chunks:
    """Short, but each two bytes become an object in memory."""
    return _whole(_turn({"text": "Paris"}, *[[]] * 500_000))


def good(_path: str) -> Chunks:
    return _whole(PARIS)


def silence(_path: str) -> Chunks:
    yield b""
    yield from repeat(b"")


def deep(_path: str) -> Chunks:
    given: object = "x"
    for _ in range(700):
        given = {"a": given}
    use = {"toolUseId": "a", "name": "get_weather", "input": given}
    return _whole(_turn({"text": "Paris"}, {"toolUse": use}))


def blank_lines(_path: str) -> Chunks:
    return _whole(_turn({"text": "```\n" + " \n" * 100_000}))


def pixel_flood(_path: str) -> Chunks:
    """A PNG of a few kilobytes with 13,000 x 13,000 pixels."""
    return _whole(encode({"images": [base64.b64encode(flat_png(13_000, 13_000)).decode()]}))


@cache
def flat_png(width: int, height: int) -> bytes:
    def part(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))
        )

    squeezer = zlib.compressobj(9)
    rows = b"".join(squeezer.compress(bytes(1 + width // 8)) for _ in range(height))
    head = struct.pack("!IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + part(b"IHDR", head)
        + part(b"IDAT", rows + squeezer.flush())
        + part(b"IEND", b"")
    )


BEHAVIOURS: dict[str, Callable[[str], Chunks]] = {
    each.__name__: each
    for each in (
        body_drip,
        header_drip,
        endless_continue,
        event_drip,
        unknown_events,
        huge_frame,
        endless_body,
        tiny_chunks,
        many_blocks,
        many_keys,
        many_items,
        good,
        silence,
        deep,
        blank_lines,
        pixel_flood,
    )
}
IMAGES = frozenset({"pixel_flood"})
DRIPS = frozenset({"body_drip", "header_drip", "event_drip", "silence"})


@contextmanager
def serving(pace: float = PACE) -> Iterator[str]:
    """Yields the server's URL; `pace` is the seconds between two bytes that drip."""
    is_over = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while path := self._request():
                behaviour = path.split("/")[2]
                try:
                    for chunk in BEHAVIOURS[behaviour](path):
                        self.connection.sendall(chunk)
                        if behaviour in DRIPS and is_over.wait(pace):
                            return
                        if is_over.is_set():
                            return
                except OSError:
                    return

        def _request(self) -> str:
            """Reads a request and returns its path, empty at the end of the connection."""
            try:
                line = self.rfile.readline().decode("latin-1")
                length = 0
                while (header := self.rfile.readline()) not in (b"\r\n", b""):
                    name, _, value = header.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                self.rfile.read(length)
            except OSError:
                return ""
            return line.split(" ")[1] if line else ""

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    is_over.set()
    server.shutdown()
    thread.join()
    server.server_close()
