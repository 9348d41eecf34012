"""What views have in common: reading requests, and who asks."""

from __future__ import annotations

import hashlib
import json
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from certification.accounts.audit import Actor
from certification.jobs.requests import IdempotencyKey, OpenRequest, Options
from certification.states import Face

Given = TypeVar("Given", bound=Serializer[Any])

KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 255


def body(serializer: type[Given], request: Request) -> Given:
    """Raises ValidationError."""
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return given


def query(serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """What stands after the question mark; a parameter that is left empty is not there.

    Raises ValidationError.
    """
    given = serializer(data={key: value for key, value in request.query_params.items() if value})
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def open_request(request: Request, options: Options | None = None) -> OpenRequest:
    """Who opens a job, and the key under which the request may come twice."""
    key = request.headers.get(KEY_HEADER)
    if key is not None and not 0 < len(key) <= LONGEST_KEY:
        raise ValidationError(
            {KEY_HEADER: _("From 1 to %(most)s characters.") % {"most": LONGEST_KEY}}
        )
    idempotency_key = IdempotencyKey(key, _fingerprint(request)) if key else None
    return OpenRequest(actor(request), options or Options(), idempotency_key)


def actor(request: Request) -> Actor:
    assert isinstance(request.user, User)
    return Actor(request.user, Face.API)


def _fingerprint(request: Request) -> str:
    text = json.dumps([request.path.rstrip("/"), request.data], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
