"""Refuses requests whose address or token cannot be valid, and adds a Permissions-Policy."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from ipaddress import ip_address
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed

from .errors import answer_with, envelope

_UNUSED = "accelerometer camera browsing-topics geolocation gyroscope magnetometer microphone usb"
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in _UNUSED.split())


NOWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound to it


@sync_and_async_middleware
def guarded(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponseBase:
            _name_an_address(request)
            return _with_policy(_refusal(request) or await get_response(request))

        return answer_later

    def answer(request: HttpRequest) -> HttpResponseBase:
        _name_an_address(request)
        return _with_policy(_refusal(request) or get_response(request))

    return answer


def _refusal(request: HttpRequest) -> HttpResponseBase | None:
    """Refuses NUL bytes, which PostgreSQL cannot store, and tokens that are not ASCII: both would
    raise an exception later."""
    if not request.META.get("HTTP_AUTHORIZATION", "").isascii():
        refusal = answer_with(AuthenticationFailed())
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return refusal
    if "\0" not in request.path_info and "%00" not in request.META.get("QUERY_STRING", ""):
        return None
    text = _("An address cannot hold the character NUL.")
    if request.path_info.startswith("/api/"):
        return JsonResponse(envelope("bad_request", text, {}), status=400)
    return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")


def _name_an_address(request: HttpRequest) -> None:
    """Replaces a client address that is not an IP address, such as a proxy may pass on. All such
    clients share one rate limit."""
    try:
        ip_address(request.META.get("REMOTE_ADDR") or NOWHERE)
    except ValueError:
        request.META["REMOTE_ADDR"] = NOWHERE


def _with_policy(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
    return response
