"""Errors of an action, shown as messages on the next page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse

from certification.errors import CertificationError, JobNotFound, PersonNotFound, TooManyExports

from .screen import render


def too_many(request: HttpRequest, error: TooManyExports) -> TemplateResponse:
    """Returns a page with status 429."""
    answer = render(request, "homologa/errors/too_many.html", {"title": error.message})
    answer.status_code = error.status
    answer.headers["Retry-After"] = str(error.retry_after)
    return answer


@contextmanager
def refusals_shown(request: HttpRequest) -> Iterator[None]:
    """Turns an error into a message and continues after the block. Raises Http404 for a job or a
    person that does not exist, because then there is no page to show the message on."""
    try:
        yield
    except (JobNotFound, PersonNotFound) as error:
        raise Http404(error.message) from None
    except CertificationError as error:
        messages.error(request, error.message)
