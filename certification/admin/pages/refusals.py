"""What became of a button that was pressed, where it could not be done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import Http404, HttpRequest

from certification.errors import CertificationError, JobNotFound, PersonNotFound


@contextmanager
def refusals_shown(request: HttpRequest) -> Iterator[None]:
    """Says an error on the page that comes next, and goes on behind the block; without its job or
    its person that page is not there: Http404."""
    try:
        yield
    except (JobNotFound, PersonNotFound) as error:
        raise Http404(error.message) from None
    except CertificationError as error:
        messages.error(request, error.message)
