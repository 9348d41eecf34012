"""Reads query parameters, idempotency keys and the actor of a request."""

from __future__ import annotations

import hashlib
import json

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from certification.accounts.audit import Actor
from certification.jobs.requests import IdempotencyKey, OpenRequest, Options
from certification.states import Face

KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 255


def query_params(request: Request) -> dict[str, str]:
    """Returns the query parameters that are not empty; values of a repeated one with commas."""
    given = {name: [*filter(None, values)] for name, values in request.query_params.lists()}
    return {name: ",".join(values) for name, values in given.items() if values}


def open_request(request: Request, options: Options | None = None) -> OpenRequest:
    """Returns who opens a job, with which options and idempotency key. Raises ValidationError."""
    key = request.headers.get(KEY_HEADER)
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
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
