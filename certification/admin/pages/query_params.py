"""Query parameters: a value that cannot be read counts as not given."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils import timezone


def uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def uuids(texts: Iterable[str]) -> list[UUID]:
    """Raises Http404 for one that is none: to leave it out would be to do something else."""
    try:
        return [UUID(text) for text in texts]
    except ValueError:
        raise Http404 from None


def choices(texts: Iterable[str], known: Collection[str]) -> list[str]:
    """Returns each text once. Raises Http404 for one that is not known: to leave it out would be to
    do something else."""
    found = list(dict.fromkeys(texts))
    if not set(found) <= set(known):
        raise Http404
    return found


def between(since: str, until: str) -> tuple[datetime | None, datetime | None]:
    """Two days, such as 2026-11-21, as moments: the midnight before, and the one after."""
    last = _day(until)
    return _midnight(_day(since)), _midnight(last and last + timedelta(days=1))


def hidden_fields(request: HttpRequest, *changed: str) -> list[tuple[str, str]]:
    """Returns the parameters of the address that a form does not change, for its hidden fields."""
    return [
        (name, value)
        for name, values in request.GET.lists()
        for value in values
        if name not in changed and value
    ]


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # The calendar ends there, and with it the sums.
    return day if MINYEAR < day.year < MAXYEAR else None


def _midnight(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
