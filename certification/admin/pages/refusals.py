"""Errors of an action, shown as messages on the next page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import Http404, HttpRequest

from certification.errors import CertificationError, JobNotFound, PersonNotFound


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
