"""Refuses requests that cannot be valid, or that came in the clear, and adds headers."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed

from . import characters
from .errors import InTheClear, answer_with, envelope

_UNUSED = "accelerometer camera browsing-topics geolocation gyroscope magnetometer microphone usb"
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in _UNUSED.split())


# Others, such as unicode_escape, decode to characters that cannot be stored.
CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1")
NOWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound to it


@sync_and_async_middleware
def guarded(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    if iscoroutinefunction(get_response):

        async def answer_later(request: HttpRequest) -> HttpResponseBase:
            _name_an_address(request)
            return _with_headers(request, _refusal(request) or await get_response(request))

        return answer_later

    def answer(request: HttpRequest) -> HttpResponseBase:
        _name_an_address(request)
        return _with_headers(request, _refusal(request) or get_response(request))

    return answer


def _refusal(request: HttpRequest) -> HttpResponseBase | None:
    """Refuses what would be an exception later: an address with characters that cannot be stored,
    and a token that is not ASCII. And API requests without TLS, instead of redirecting them."""
    is_api = request.path_info.startswith("/api/")
    if is_api and settings.SECURE_SSL_REDIRECT and not request.is_secure():
        return answer_with(InTheClear())
    if not request.META.get("HTTP_AUTHORIZATION", "").isascii():
        refusal = answer_with(AuthenticationFailed())
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return refusal
    charset = request.content_params.get("charset") if request.content_params else None
    if charset is not None and charset.lower() not in CHARSETS:
        return _bad_request(request, _("The charset of a body is UTF-8."))
    if characters.REFUSED.search(request.path_info) or characters.are_refused_in_fields(
        request.GET
    ):
        return _bad_request(request, _("An address cannot hold the character NUL."))
    return None


def _bad_request(request: HttpRequest, text: str) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return JsonResponse(envelope("bad_request", text, {}), status=400)
    return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")


class StorableForms(MiddlewareMixin):
    """Refuses forms with characters that cannot be stored. The API takes no forms."""

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _named: object
    ) -> HttpResponse | None:
        if request.path_info.startswith("/api/") or request.method != "POST":
            return None
        if characters.are_refused_in_fields(request.POST):
            return _bad_request(request, str(characters.IN_A_BODY))
        return None


def _name_an_address(request: HttpRequest) -> None:
    """Replaces a client address that is not an IP address, such as a proxy may pass on. All such
    clients share one rate limit."""
    try:
        ip_address(request.META.get("REMOTE_ADDR") or NOWHERE)
    except ValueError:
        request.META["REMOTE_ADDR"] = NOWHERE


def _with_headers(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
    if request.path_info.startswith("/api/"):
        # Answers have names and tokens in them. The few that may be kept say so themselves.
        response.headers.setdefault("Cache-Control", "private, no-store")
    return response
