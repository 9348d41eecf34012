"""Remembers the jobs that requests with an idempotency key opened."""

from __future__ import annotations

from dataclasses import asdict, replace

from django.utils.translation import gettext as _

from certification.errors import KeyReused
from certification.models import IdempotentRequest

from .requests import Opened, OpenRequest, Skipped

# A key has 255 characters at most; the number of a later job of the same request is added to it.
KEY_WITHOUT_NUMBER = 240


def opened_earlier(request: OpenRequest) -> Opened | None:
    """Returns what the same request opened before, or None.

    Raises KeyReused if the key was used for another request.
    """
    if request.idempotency_key is None:
        return None
    earlier = (
        IdempotentRequest.objects.select_related("job")
        .filter(user=request.actor.user, key=request.idempotency_key.key)
        .first()
    )
    if earlier is None:
        return None
    if earlier.fingerprint != request.idempotency_key.fingerprint:
        raise KeyReused(
            _("The key %(key)s came before with another request.")
            % {"key": request.idempotency_key.key}
        )
    return Opened(earlier.job, earlier.status, [Skipped(**item) for item in earlier.skipped])


def all_opened_earlier(request: OpenRequest) -> list[Opened]:
    """The same for a request that opens several jobs."""
    earlier: list[Opened] = []
    while one := opened_earlier(part_of(request, len(earlier))):
        earlier.append(one)
    return earlier


def part_of(request: OpenRequest, number: int) -> OpenRequest:
    """Returns the request for the job `number` (from 0) of several: each has a key of its own, the
    first one the request's."""
    if request.idempotency_key is None or number == 0:
        return request
    key = f"{request.idempotency_key.key[:KEY_WITHOUT_NUMBER]} ({number})"
    return replace(request, idempotency_key=replace(request.idempotency_key, key=key))


def remember(opened: Opened, request: OpenRequest) -> None:
    """Within the transaction that opens the job. Raises IntegrityError if the same request was
    remembered at the same moment."""
    if request.idempotency_key is not None:
        IdempotentRequest.objects.create(
            user=request.actor.user,
            key=request.idempotency_key.key,
            fingerprint=request.idempotency_key.fingerprint,
            job=opened.job,
            status=opened.status,
            skipped=[asdict(item) for item in opened.skipped],
        )
