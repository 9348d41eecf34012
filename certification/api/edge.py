"""At the edge of every request: an address that nothing can be meant by is refused, and every
answer says what a browser need not offer here."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from django.utils.translation import gettext as _

from .errors import envelope

_UNUSED = "accelerometer camera browsing-topics geolocation gyroscope magnetometer microphone usb"
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in _UNUSED.split())


@sync_and_async_middleware
def guarded(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponseBase:
            return _with_policy(_refusal(request) or await get_response(request))

        return answer_later

    def answer(request: HttpRequest) -> HttpResponseBase:
        return _with_policy(_refusal(request) or get_response(request))

    return answer


def _refusal(request: HttpRequest) -> HttpResponseBase | None:
    """No text of PostgreSQL's holds a NUL, so whoever looks for one would be an error of ours."""
    if "\0" not in request.path_info and "%00" not in request.META.get("QUERY_STRING", ""):
        return None
    text = _("An address cannot hold the character NUL.")
    if request.path_info.startswith("/api/"):
        return JsonResponse(envelope("bad_request", text, {}), status=400)
    return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")


def _with_policy(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
    return response
