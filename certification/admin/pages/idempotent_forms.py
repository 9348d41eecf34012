"""What buttons send: a form that is sent twice does once what it does, and an address alone does
nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from certification.jobs.requests import IdempotencyKey, OpenRequest, Options

from .screen import actor

KEY_FIELD = "idempotency_key"
CSRF = "csrfmiddlewaretoken"
View = Callable[..., HttpResponseBase]


def on(screen: str, *kept: str) -> Callable[[View], View]:
    """Of a button that stands on a screen: whoever only follows its address is led there, such as
    after a login that came in between. `kept` are the parameters that the screen asks for, too."""

    def taking(view: View) -> View:
        @wraps(view)
        def pressed(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
            stands_at = reverse(f"admin:{screen}", kwargs={name: named[name] for name in kept})
            if request.method == "POST":
                # Of an answer that is a page: where to go from it by an address.
                request.stands_at = stands_at  # type: ignore[attr-defined]
                return view(request, *args, **named)
            messages.info(request, _("Nothing was done yet: press the button to do it."))
            return redirect(stands_at)

        return pressed

    return taking


def open_request(request: HttpRequest, options: Options | None = None) -> OpenRequest:
    """Who opens a job with a form, which may come twice."""
    key = None
    if KEY_FIELD in request.POST:
        # Of all the fields, so that several forms of one page can have its key.
        sent = sorted(item for item in request.POST.lists() if item[0] != CSRF)
        digest = hashlib.sha256(json.dumps([request.path, sent]).encode()).hexdigest()
        key = IdempotencyKey(digest, digest)
    return OpenRequest(actor(request), options or Options(), key)
