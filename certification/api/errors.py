"""All errors of the API, in one envelope:
`{"status": "error", "error": {"code", "message", "details"}}`."""

from __future__ import annotations

import sys
from datetime import timedelta
from math import ceil
from typing import Any, cast

import redis
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import exception_handler as standardized
from drf_standardized_errors.types import ErrorResponse, ExceptionHandlerContext
from kombu.exceptions import OperationalError as BrokerError
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response

from certification.errors import CertificationError

# Errors that mean that the database, the broker or the cache does not answer.
AWAY = (
    OperationalError,
    InterfaceError,
    BrokerError,
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
)

# Texts of Django REST framework that are badly translated there: marked here, so that our catalogue
# overrides them.
REWORDED = (
    gettext_noop("Request was throttled."),
    gettext_noop("Expected available in {wait} second."),
    gettext_noop("Expected available in {wait} seconds."),
    gettext_noop("This field may not be blank."),
    gettext_noop("This field may not be null."),
    gettext_noop("This list may not be empty."),
    gettext_noop("This dictionary may not be empty."),
    gettext_noop("Ensure this field has at least {min_length} characters."),
    gettext_noop("Ensure this value is greater than or equal to {min_value}."),
    gettext_noop("Could not satisfy the request Accept header."),
)


class EnvelopeFormatter(ExceptionFormatter):
    """Errors of fields get the code `invalid` and are listed in the details; any other error keeps
    its own code."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        first = error_response.errors[0]
        fields = [
            {"field": error.attr, "code": error.code, "message": error.detail}
            for error in error_response.errors
            if error.attr
        ]
        message = f"{first.attr}: {first.detail}" if first.attr else first.detail
        return envelope(
            "invalid" if fields else first.code, str(message), {"fields": fields} if fields else {}
        )


def envelope(code: str, message: str, details: Any) -> dict[str, Any]:
    return {"status": "error", "error": {"code": code, "message": message, "details": details}}


def answer_with(error: APIException) -> JsonResponse:
    """Returns the answer for an error in a plain view or in middleware."""
    body = envelope(str(error.get_codes()), str(error.detail), {})
    wait = getattr(error, "wait", None)
    return JsonResponse(
        body, status=error.status_code, headers={"Retry-After": str(wait)} if wait else None
    )


def answer_with_fields(error: ValidationError) -> JsonResponse:
    """Returns the answer for errors of fields or parameters in a plain view."""
    no_context: dict[str, Any] = {"view": None, "args": (), "kwargs": {}, "request": None}
    handled = exception_handler(error, cast("ExceptionHandlerContext", no_context))
    assert handled is not None
    return JsonResponse(handled.data, status=handled.status_code)


def exception_handler(error: Exception, context: ExceptionHandlerContext) -> Response | None:
    if isinstance(error, CertificationError):
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
        body = envelope(error.code, error.message, error.details)
        return Response(body, status=error.status, headers=headers)
    if isinstance(error, AWAY):
        away = Unavailable()
        away.__cause__, error = error, away
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    response: Response | None = standardized(error, context)
    return response


def broke(request: HttpRequest) -> HttpResponse:
    """Handles an uncaught exception: in the envelope for the API, as a page elsewhere."""
    is_away = isinstance(sys.exc_info()[1], AWAY)
    if request.path.startswith("/api/"):
        response: HttpResponse = answer_with(Unavailable() if is_away else Broken())
    else:
        status = 503 if is_away else 500
        response = HttpResponse(loader.render_to_string(f"{status}.html"), status=status)
    if is_away:
        response.headers["Retry-After"] = str(Unavailable.wait)
    return response


def locked_out(request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
    """Answers a login of a locked-out account: in the envelope for the API, else as a page."""
    error = LockedOut()
    if request.path.startswith("/api/"):
        return answer_with(error)
    minutes = ceil(settings.AXES_COOLOFF_TIME / timedelta(minutes=1))
    page = "homologa/errors/locked_out.html"
    return render(request, page, {"minutes": minutes}, status=error.status_code)


class Unavailable(APIException):
    status_code = 503
    default_code = "unavailable"
    default_detail = _("The database or the broker is away: nothing is lost, try again soon.")
    # Sent as Retry-After, in seconds.
    wait = 5


class TooLarge(APIException):
    status_code = 413
    default_code = "too_large"
    default_detail = _("The body is larger than any request here needs to be.")


class InTheClear(APIException):
    status_code = 403
    default_code = "https_required"
    default_detail = _(
        "The API answers over https only. Whatever this request carried was sent in the clear: "
        "revoke its token, or change its password."
    )


class Broken(APIException):
    status_code = 500
    default_code = "internal_error"
    default_detail = _("Homologa itself failed on this request: its log says why.")


class InvalidCredentials(APIException):
    status_code = 401
    default_code = "invalid_credentials"
    default_detail = _("The e-mail or the password is wrong.")


class LockedOut(APIException):
    status_code = 429
    default_code = "locked_out"
    default_detail = _("Too many wrong passwords: try again later.")

    @property
    def wait(self) -> int:
        """Sent as Retry-After, in seconds."""
        return int(settings.AXES_COOLOFF_TIME.total_seconds())
