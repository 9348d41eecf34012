"""Counts passwords before they are checked.

django-axes counts wrong ones after the check, so that many requests at the same time are all
checked before the first is counted.
"""

from __future__ import annotations

from typing import Any, Final

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now

from certification.models import PasswordGuess

LONGEST_NAME: Final = 255


def take(username: str, address: str) -> bool:
    """Counts a guess of this name's password from this address. Returns False, and counts nothing,
    if as many as allowed were taken, and the last of them in the past AXES_COOLOFF_TIME."""
    named: dict[str, Any] = {"username": username[:LONGEST_NAME], "ip_address": address}
    PasswordGuess.objects.get_or_create(**named)
    is_over = Q(last_at__lt=Now() - settings.AXES_COOLOFF_TIME)
    # One UPDATE: of guesses at the same time, each counts those that were taken before it.
    taken = (
        PasswordGuess.objects.filter(**named)
        .filter(is_over | Q(guesses__lt=settings.AXES_FAILURE_LIMIT))
        .update(guesses=Case(When(is_over, then=Value(1)), default=F("guesses") + 1), last_at=Now())
    )
    return bool(taken)


def forget(username: str, address: str | None = None) -> None:
    """Forgets the guesses of a name, from one address or from all."""
    guesses = PasswordGuess.objects.filter(username=username[:LONGEST_NAME])
    (guesses if address is None else guesses.filter(ip_address=address)).delete()


def forget_with_failures(sender: object, instance: AccessAttempt, **_: Any) -> None:
    """A signal's receiver: whatever deletes the failures that django-axes counted, such as its
    commands, ends the lock-out here too."""
    forget(instance.username or "", instance.ip_address or "")
