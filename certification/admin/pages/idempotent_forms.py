"""Forms of one button: sent twice they act once, and a GET of their address does nothing."""

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


def posted_from(screen: str, *parameters: str) -> Callable[[View], View]:
    """Decorates the view of a form on a screen. A GET, such as one after a login that interrupted
    the POST, is redirected to that screen with a message. `parameters` are those of the view's path
    that the screen's path has too."""

    def decorated(view: View) -> View:
        @wraps(view)
        def post_only(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
            form_url = reverse(f"admin:{screen}", kwargs={name: named[name] for name in parameters})
            if request.method == "POST":
                # The address of this response if it is a page: a GET of its own would do nothing.
                request.form_url = form_url  # type: ignore[attr-defined]
                return view(request, *args, **named)
            messages.info(request, _("Nothing was done yet: press the button to do it."))
            return redirect(form_url)

        return post_only

    return decorated


def open_request(request: HttpRequest, options: Options | None = None) -> OpenRequest:
    """Returns the request to open a job by a form that may be sent twice."""
    key = None
    if KEY_FIELD in request.POST:
        # A hash of all fields: the forms of one page share its key.
        fields = sorted(item for item in request.POST.lists() if item[0] != CSRF)
        digest = hashlib.sha256(json.dumps([request.path, fields]).encode()).hexdigest()
        key = IdempotencyKey(digest, digest)
    return OpenRequest(actor(request), options or Options(), key)
