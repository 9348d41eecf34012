"""Sends answers over ASGI: whole, cut, or without an end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import repeat
from typing import Any

from .wire import Reply, encode, frame

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = dict[str, Any]

TRANSPORT = "homologa.transport"
DRIP_SECONDS = 0.05
_MOST_CHUNKS = 2_000
_MORE_TEXT = "and so on " * 100
_CHUNK = 65_536


async def send_reply(reply: Reply, number: int, send: Send, *, cut: bool = False) -> None:
    """Sends an answer; with `cut`, only its first half."""
    headers = _headers(reply, number)
    if reply.first_ms:
        await asyncio.sleep(reply.first_ms / 1000)
    if not reply.frames:
        headers.append((b"content-length", b"%d" % len(reply.body)))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        body = reply.body[: len(reply.body) // 2] if cut else reply.body
        await send({"type": "http.response.body", "body": body, "more_body": cut})
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    frames = reply.frames[: len(reply.frames) // 2] if cut else reply.frames
    for index, part in enumerate(frames):
        if index and reply.pace_ms:
            await asyncio.sleep(reply.pace_ms / 1000)
        await send({"type": "http.response.body", "body": part, "more_body": True})
    if not cut:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _headers(reply: Reply, number: int) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", reply.content_type.encode()),
        (b"x-amzn-requestid", b"00000000-0000-4000-8000-%012d" % number),
        (b"x-homologa-simulated", b"true"),
        *((name.lower().encode(), value.encode()) for name, value in reply.headers),
    ]


async def send_slowly(reply: Reply, number: int, send: Send, receive: Receive) -> None:
    """Sends an answer byte by byte, with DRIP_SECONDS between two."""
    whole = b"".join(reply.frames) or reply.body
    parts = (whole[at : at + 1] for at in range(len(whole)))
    await _send_parts(reply, number, parts, DRIP_SECONDS, send, receive)


async def send_without_end(reply: Reply, number: int, send: Send, receive: Receive) -> None:
    """Sends an answer that goes on until the client leaves, or until _MOST_CHUNKS."""
    if reply.frames:
        delta = {"delta": {"text": _MORE_TEXT}, "contentBlockIndex": 0}
        first, more = reply.frames[0], frame("contentBlockDelta", delta) * 50
    else:
        first, more = encode({"output": ""})[:-2], b"a" * _CHUNK
    await _send_parts(reply, number, _endless(first, more), 0, send, receive)


def _endless(first: bytes, more: bytes) -> Iterator[bytes]:
    yield first
    yield from repeat(more, _MOST_CHUNKS)


async def _send_parts(
    reply: Reply,
    number: int,
    parts: Iterator[bytes],
    pause: float,
    send: Send,
    receive: Receive,
) -> None:
    headers = _headers(reply, number)
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    # Sending to a client that has left raises nothing.
    leaving = asyncio.ensure_future(receive())
    try:
        for part in parts:
            if leaving.done():
                return
            await send({"type": "http.response.body", "body": part, "more_body": True})
            await asyncio.sleep(pause)
    finally:
        leaving.cancel()


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Closes the connection and waits for the server to notice, so that it sends no error page."""
    transport = scope.get(TRANSPORT)
    if transport is not None:
        transport.close()
        await receive()
