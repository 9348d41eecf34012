"""HTTP responses that stream a report as a file to save."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from . import Report, filename, find, stream


def download(request: HttpRequest, format_name: str, report: Report) -> StreamingHttpResponse:
    """Returns a streaming response with the report. Raises UnknownFormat."""
    chunks = stream(format_name, report)
    return send(request, chunks, find(format_name).content_type, filename(format_name, report))


def send(
    request: HttpRequest, chunks: Iterator[bytes], content_type: str, name: str
) -> StreamingHttpResponse:
    """Returns a streaming response for any file; `name` must be ASCII."""
    return StreamingHttpResponse(
        _iterate_in_thread(chunks) if isinstance(request, ASGIRequest) else chunks,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


async def _iterate_in_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Produces each chunk on demand, in the thread that holds the database connections.

    Given a synchronous iterator, Django under ASGI would collect the whole file before it sends
    the first byte.
    """

    @sync_to_async
    def make_next() -> bytes | None:
        return next(chunks, None)

    while (chunk := await make_next()) is not None:
        yield chunk
