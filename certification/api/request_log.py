"""Logs and counts every web request, and gives each an id for its log lines.

Health probes and Prometheus are answered here, before the checks of host name and TLS: they call a
process by its address.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from inspect import iscoroutinefunction
from typing import Any
from uuid import uuid4

from asgiref.sync import sync_to_async
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.decorators import sync_and_async_middleware
from django.utils.encoding import escape_uri_path
from django.utils.functional import SimpleLazyObject

from certification.observability import log_context, metrics

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
# Ids of other systems that are accepted; they are written to the log.
_GIVEN = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_FOR_MACHINES = ("/health/", "/metrics")
View = Callable[[HttpRequest], HttpResponseBase]


@sync_and_async_middleware
def watched(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    if iscoroutinefunction(get_response):
        return _asynchronous(get_response)

    def answer(request: HttpRequest) -> HttpResponseBase:
        with _watching(request) as done:
            response: HttpResponseBase = (_view_for_machines(request) or get_response)(request)
            return done(response)

    return answer


def _asynchronous(
    get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], Awaitable[HttpResponseBase]]:
    async def answer(request: HttpRequest) -> HttpResponseBase:
        with _watching(request) as done:
            view = _view_for_machines(request)
            return done(await (sync_to_async(view) if view else get_response)(request))

    return answer


@contextmanager
def _watching(request: HttpRequest) -> Iterator[Callable[[HttpResponseBase], HttpResponseBase]]:
    """Yields a function that logs, counts and returns the answer."""
    given = request.headers.get(HEADER, "")
    request_id = given if _GIVEN.fullmatch(given) else uuid4().hex
    started = time.monotonic()

    def done(response: HttpResponseBase) -> HttpResponseBase:
        response.headers[HEADER] = request_id
        seconds = time.monotonic() - started
        metrics.record_http_request(request, response.status_code, seconds)
        path = request.path_info
        if user := _user_of(request):
            log_context.add(user=user)
        logger.log(
            logging.DEBUG if path.startswith(_FOR_MACHINES) else logging.INFO,
            "%s %s %d in %.0f ms",
            request.method,
            escape_uri_path(path),
            response.status_code,
            seconds * 1000,
        )
        return response

    with log_context.bound(request=request_id, address=request.META.get("REMOTE_ADDR", "")):
        yield done


def _user_of(request: HttpRequest) -> str:
    """Returns the user name, if the request needed to know who it was; asks no database."""
    user = getattr(request, "_cached_user", None) or getattr(request, "_acached_user", None)
    # REST framework puts the owner of a token here, Django something that reads the session.
    given = request.__dict__.get("user")
    if type(given) is not SimpleLazyObject and isinstance(given, AbstractBaseUser):
        user = given
    return str(user.get_username()) if user is not None and user.is_authenticated else ""


def _view_for_machines(request: HttpRequest) -> View | None:
    if not request.path_info.startswith(_FOR_MACHINES):
        return None
    try:
        request.resolver_match = resolve(request.path_info)
    except Resolver404:
        return None
    view: View = request.resolver_match.func
    return view
