"""Answers about one job with its certifications: whole, streamed if there are many of them.

An answer about a job that has ended has an ETag over all that it shows: a renamed model or a
deleted job is seen at once, and a client that has the present answer gets a 304.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, Final
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from certification import queries
from certification.exports.chunks import encode_in_chunks

from .serializers.certifications import shown_pair
from .serializers.jobs import job_summary

# An answer with more certifications is streamed, so that its size costs no memory.
MOST_AT_ONCE: Final = 100
REVALIDATED: Final = "private, max-age=0, must-revalidate"


def respond(request: Request, job_id: UUID, limit: int | None = None) -> HttpResponseBase:
    """Returns a job with its first `limit` certifications (None: all). Raises JobNotFound."""
    job = queries.jobs.get(job_id)
    summary = job_summary(job, queries.jobs.progress(job))
    rows = queries.pairs.shown(queries.pairs.in_document_order(job), limit)
    headers: dict[str, str] = {}
    if job.completed_at is not None and request.method == "GET":
        tag = _tag(summary, queries.pairs.stored(rows), limit)
        headers = {"ETag": tag, "Cache-Control": REVALIDATED}
        if _matches(request.headers.get("If-None-Match", ""), tag):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
    number = job.total_models if limit is None else min(limit, job.total_models)
    if number <= MOST_AT_ONCE:
        return Response(
            {**summary, "certifications": [shown_pair(row) for row in rows]}, headers=headers
        )
    return StreamingHttpResponse(
        _chunks(
            request._request,
            encode_in_chunks(_texts(summary, rows.iterator(queries.pairs.ROWS_AT_ONCE))),
        ),
        content_type="application/json",
        headers=headers,
    )


def _chunks(
    request: HttpRequest, chunks: Iterator[bytes]
) -> Iterator[bytes] | AsyncIterator[bytes]:
    """Returns the chunks for WSGI or ASGI, where Django would collect them all before the first."""
    return _made_on_demand(chunks) if isinstance(request, ASGIRequest) else chunks


async def _made_on_demand(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    @sync_to_async
    def make_next() -> bytes | None:
        return next(chunks, None)

    while (chunk := await make_next()) is not None:
        yield chunk


def _texts(summary: dict[str, Any], rows: Iterable[Any]) -> Iterator[str]:
    yield '{"status":"success","data":' + _json(summary)[:-1] + ',"certifications":['
    comma = ""
    for row in rows:
        yield comma + _json(shown_pair(row))
        comma = ","
    yield "]}}"


_json = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _tag(summary: dict[str, Any], rows: Iterable[tuple[Any, ...]], limit: int | None) -> str:
    digest = hashlib.sha256(repr((summary, limit, get_language())).encode())
    for row in rows:
        digest.update(repr(row).encode())
    return f'"{digest.hexdigest()[:32]}"'


def _matches(given: str, tag: str) -> bool:
    tags = [part.strip().removeprefix("W/") for part in given.split(",")]
    return tag in tags or "*" in tags
