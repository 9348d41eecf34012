"""A report as a file that a browser saves, sent while its rows are read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from . import Report, filename, find, stream


def download(request: HttpRequest, format_name: str, report: Report) -> StreamingHttpResponse:
    """Raises UnknownFormat."""
    pieces = stream(format_name, report)
    return send(request, pieces, find(format_name).content_type, filename(format_name, report))


def send(
    request: HttpRequest, pieces: Iterator[bytes], content_type: str, name: str
) -> StreamingHttpResponse:
    """`name` is in plain ASCII."""
    return StreamingHttpResponse(
        _in_turns(pieces) if isinstance(request, ASGIRequest) else pieces,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


async def _in_turns(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each piece is made in the thread that database connections live in, as it is asked for;
    otherwise Django would gather the whole file before it sends the first byte."""

    @sync_to_async
    def make_next() -> bytes | None:
        return next(pieces, None)

    while (piece := await make_next()) is not None:
        yield piece
