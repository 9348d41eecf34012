"""Every error of the API, in one envelope:
`{"status": "error", "error": {"code", "message", "details"}}`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import exception_handler as standardized
from drf_standardized_errors.types import ErrorResponse, ExceptionHandlerContext
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from certification.errors import CertificationError


class EnvelopeFormatter(ExceptionFormatter):
    """One error is told as itself; several fields at fault as `invalid`, each in the details."""

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


def exception_handler(error: Exception, context: ExceptionHandlerContext) -> Response | None:
    if isinstance(error, CertificationError):
        return Response(envelope(error.code, error.message, error.details), status=error.status)
    response: Response | None = standardized(error, context)
    return response


def locked_out(request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
    """What whoever is locked out gets, at the API and at the screens."""
    error = LockedOut()
    if request.path.startswith("/api/"):
        body = envelope(error.default_code, str(error.detail), {})
        return JsonResponse(body, status=error.status_code)
    return HttpResponse(str(error.detail), status=error.status_code, content_type="text/plain")


class InvalidCredentials(APIException):
    status_code = 401
    default_code = "invalid_credentials"
    default_detail = _("The e-mail or the password is wrong.")


class LockedOut(APIException):
    status_code = 429
    default_code = "locked_out"
    default_detail = _("Too many wrong passwords: try again later.")
