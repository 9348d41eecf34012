"""Sessions of the screens: how long they last, where they are open, and when their owner last gave
the password."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

# Keys of a session's data. Times in seconds since 1970.
STARTED, SEEN, CONFIRMED = "started", "seen", "confirmed"
ADDRESS, BROWSER = "address", "browser"
# Seconds between two writes of SEEN.
SEEN_EVERY: Final = 60
LONGEST_BROWSER: Final = 200
NAME_LENGTH: Final = 8


@dataclass(frozen=True)
class OpenSession:
    """`name` is the beginning of the key's hash, which opens nothing."""

    name: str
    started: datetime
    seen: datetime
    address: str
    browser: str
    is_this: bool


class SessionLimits(MiddlewareMixin):
    """Ends sessions that are too old, or were not used for too long."""

    def process_request(self, request: HttpRequest) -> None:
        # A request with a token has no session, and must not read one.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return
        if SESSION_KEY not in request.session:
            return
        if STARTED not in request.session:
            # Of a version that did not note it.
            _note_beginning(request)
        elif _has_ended(request.session):
            request.session.flush()
        elif time.time() - request.session[SEEN] > SEEN_EVERY and not _is_automatic(request):
            request.session[SEEN] = int(time.time())


def begin(sender: object, request: HttpRequest, user: User, **_: Any) -> None:
    """A signal's receiver: somebody signed in, which takes the password."""
    # The API's sign-in has no session.
    if hasattr(request, "session"):
        _note_beginning(request)
        confirm(request)


def confirm(request: HttpRequest) -> None:
    """Notes that the password was given just now."""
    request.session[CONFIRMED] = int(time.time())


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the password was given in the past SESSION_CONFIRMED_SECONDS."""
    given: int = request.session.get(CONFIRMED, 0)
    return time.time() - given <= settings.SESSION_CONFIRMED_SECONDS


def of_user(request: HttpRequest, user: User) -> list[OpenSession]:
    """Returns the open sessions of a user, the last used first."""
    this = request.session.session_key
    found = [_open_session(key, data, this) for key, data in _open(user)]
    return sorted(found, key=lambda session: session.seen, reverse=True)


def end(user: User, name: str | None = None) -> int:
    """Ends the user's session of this name, or all of them; returns how many."""
    keys = [key for key, _data in _open(user) if name is None or _name(key) == name]
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)


def _open(user: User) -> Iterator[tuple[str, dict[str, Any]]]:
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        data = session.get_decoded()
        if data.get(SESSION_KEY) == str(user.pk) and not _has_ended(data):
            yield session.session_key, data


def _has_ended(data: Any) -> bool:
    now = time.time()
    age, idle = now - data.get(STARTED, now), now - data.get(SEEN, now)
    return bool(age > settings.SESSION_COOKIE_AGE or idle > settings.SESSION_IDLE_SECONDS)


def _note_beginning(request: HttpRequest) -> None:
    now = int(time.time())
    request.session[STARTED] = request.session[SEEN] = now
    request.session[ADDRESS] = request.META.get("REMOTE_ADDR", "")
    request.session[BROWSER] = request.META.get("HTTP_USER_AGENT", "")[:LONGEST_BROWSER]


def _is_automatic(request: HttpRequest) -> bool:
    """Live events reconnect by themselves, as long as a page is open."""
    return request.path_info.rstrip("/").endswith("/events")


def _open_session(key: str, data: dict[str, Any], this: str | None) -> OpenSession:
    now = int(time.time())
    return OpenSession(
        name=_name(key),
        started=datetime.fromtimestamp(data.get(STARTED, now), UTC),
        seen=datetime.fromtimestamp(data.get(SEEN, now), UTC),
        address=data.get(ADDRESS, ""),
        browser=data.get(BROWSER, ""),
        is_this=key == this,
    )


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:NAME_LENGTH]
