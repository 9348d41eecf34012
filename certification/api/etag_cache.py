"""Caches answers about jobs that have ended, which no longer change, for an hour, with an ETag."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.utils.translation import get_language
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

KEPT_SECONDS = 3600


def respond(
    request: Request, job_id: UUID, part: str, make: Callable[[], dict[str, Any]]
) -> Response:
    """Returns the answer about a job from the cache or from `make`; 304 if the client has it.

    Only answers about jobs that have ended are cached.
    """
    key = f"ended:{job_id}:{part}:{get_language()}"
    kept: tuple[str, dict[str, Any]] | None = cache.get(key)
    if kept is None:
        body = make()
        if body["completedAt"] is None:
            return Response(body)
        kept = (_tag(body), body)
        cache.set(key, kept, KEPT_SECONDS)
    tag, body = kept
    headers = {"ETag": tag, "Cache-Control": "private, max-age=0, must-revalidate"}
    if _matches(request.headers.get("If-None-Match", ""), tag):
        return Response(status=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(body, headers=headers)


def _tag(body: dict[str, Any]) -> str:
    return f'"{hashlib.sha256(repr(body).encode()).hexdigest()[:32]}"'


def _matches(given: str, tag: str) -> bool:
    tags = [part.strip().removeprefix("W/") for part in given.split(",")]
    return tag in tags or "*" in tags
