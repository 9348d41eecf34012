"""Signs people in by e-mail or user name, and counts wrong passwords."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from . import guesses

logger = logging.getLogger(__name__)


class EmailOrUsernameBackend(ModelBackend):
    """Signs in by user name or e-mail; see `find`. Checks no more passwords than are allowed."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if not username or password is None:
            return None
        user = find(username)
        guessed = (user.get_username() if user else username.lower(), _address(request))
        if not guesses.take(*guessed):
            if request is not None:
                request.axes_locked_out = True  # type: ignore[attr-defined]
            raise PermissionDenied
        if user is None:
            # As slow as a real check, so that the time does not show which accounts exist.
            User().set_password(password)
            return None
        if user.check_password(password) and self.user_can_authenticate(user):
            guesses.forget(*guessed)
            return user
        return None


def find(name: str) -> User | None:
    """A user by user name, else by e-mail; None if two users share the e-mail."""
    user = User.objects.filter(username=name).first()
    if user is None and "@" in name:
        matches = list(User.objects.filter(email__iexact=name)[:2])
        user = matches[0] if len(matches) == 1 else None
    return user


def confirms(request: HttpRequest, user: User, password: str) -> bool:
    """Whether this is the password of a user who is signed in already. Counted, limited and logged
    like a sign-in; see `is_locked_out`."""
    return authenticate(request, username=user.get_username(), password=password) == user


def wrong_passwords(user: User) -> QuerySet[AccessAttempt]:
    attempts: QuerySet[AccessAttempt] = AccessAttempt.objects.filter(username=user.get_username())
    return attempts


def forget_wrong_passwords(user: User) -> None:
    """Ends a lock-out."""
    wrong_passwords(user).delete()
    guesses.forget(user.get_username())


def is_locked_out_anywhere(user: User) -> bool:
    lately = Q(attempt_time__gt=timezone.now() - settings.AXES_COOLOFF_TIME)
    at_an_address = wrong_passwords(user).filter(lately).order_by().values("ip_address")
    failures = at_an_address.annotate(failures=Sum("failures_since_start"))
    return bool(failures.filter(failures__gte=settings.AXES_FAILURE_LIMIT).exists())


def counted_as(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """The name under which django-axes counts wrong passwords: the account's user name, however it
    was spelt; for an unknown account, the name that was typed."""
    given = credentials or request.POST
    name = str(given.get("username") or "")
    user = find(name)
    return user.get_username() if user else name.lower()


def is_locked_out(request: HttpRequest) -> bool:
    """Whether this name is locked out from the request's address."""
    return bool(getattr(request, "axes_locked_out", False))


def log_failure(
    sender: object,
    credentials: Mapping[str, Any],
    request: HttpRequest | None = None,
    **_: Any,
) -> None:
    """A signal's receiver. Names only accounts that exist: people type passwords as names."""
    user = find(str(credentials.get("username") or ""))
    logger.warning(
        "sign-in failed, account %s, from %s",
        user.get_username() if user else "unknown",
        _address(request) or "nowhere",
    )


def _address(request: HttpRequest | None) -> str:
    return request.META.get("REMOTE_ADDR", "") if request else ""
