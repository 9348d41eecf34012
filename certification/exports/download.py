"""HTTP responses that stream a report as a file to save. They end when the client has gone."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse

from . import Report, filename, find, slots, stream

Item = TypeVar("Item")


class ClientHasGone(Exception):
    """Ends the making of a file that nobody waits for."""


def download(request: HttpRequest, format_name: str, report: Report) -> StreamingHttpResponse:
    """Returns a streaming response with the report. Raises UnknownFormat, TooManyExports."""
    gone = threading.Event()
    # Some formats read every row before they yield a byte.
    watched = replace(report, rows=_until(gone, report.rows))
    return send(
        request,
        stream(format_name, watched),
        find(format_name).content_type,
        filename(format_name, report),
        gone,
    )


def send(
    request: HttpRequest,
    chunks: Iterator[bytes],
    content_type: str,
    name: str,
    gone: threading.Event | None = None,
) -> StreamingHttpResponse:
    """Returns a streaming response for any file; `name` must be ASCII.

    gone: is set when the client has gone
    Raises TooManyExports.
    """
    slot = slots.take(request.user.get_username())
    gone = gone or threading.Event()
    content: Any = (
        _made_in_thread(chunks, slot, gone)
        if isinstance(request, ASGIRequest)
        else _made_here(chunks, slot)
    )
    response = StreamingHttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
    weakref.finalize(response, slot.release)
    return response


def _until(gone: threading.Event, items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        if gone.is_set():
            raise ClientHasGone
        yield item


def _made_here(chunks: Iterator[bytes], slot: slots.Slot) -> Iterator[bytes]:
    slot.has_begun = True
    try:
        yield from chunks
    finally:
        slot.release()


async def _made_in_thread(
    chunks: Iterator[bytes], slot: slots.Slot, gone: threading.Event
) -> AsyncIterator[bytes]:
    """Produces each chunk on demand, in a thread of its own, with its own database connections.

    Given a synchronous iterator, Django under ASGI would collect the whole file before it sends the
    first byte. With asgiref's threads, the end of the request would wait for the end of a chunk,
    which of some formats is the whole file.
    """
    slot.has_begun = True
    # Else the thread of the request would keep its database connection during the whole download.
    await sync_to_async(connections.close_all)()
    loop, context = asyncio.get_running_loop(), copy_context()
    thread = ThreadPoolExecutor(1, thread_name_prefix="export")

    def make_next() -> bytes | None:
        return context.run(next, chunks, None)

    try:
        while (chunk := await loop.run_in_executor(thread, make_next)) is not None:
            yield chunk
    finally:
        gone.set()
        thread.submit(_close, chunks, slot)
        thread.shutdown(wait=False)


def _close(chunks: Iterator[bytes], slot: slots.Slot) -> None:
    """Runs after the chunk that is being made. Until then the slot is taken."""
    try:
        chunks.close()  # type: ignore[attr-defined]
    finally:
        slot.release()
        connections.close_all()
