"""Who may come in: people sign in by e-mail or user name."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest


class EmailOrUsernameBackend(ModelBackend):
    """A user name is looked up first; an e-mail that two users share names neither."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        if not username or password is None:
            return None
        user = _find(username)
        if user is None:
            # As slow as a real check, so that the time does not tell who exists.
            User().set_password(password)
            return None
        if user.check_password(password) and self.user_can_authenticate(user):
            return user
        return None


def _find(name: str) -> User | None:
    user = User.objects.filter(username=name).first()
    if user is None and "@" in name:
        matches = list(User.objects.filter(email__iexact=name)[:2])
        user = matches[0] if len(matches) == 1 else None
    return user


def ensure_administrator(email: str, password: str) -> bool:
    """Makes an administrator with that e-mail unless there is one; true if it was made."""
    if User.objects.filter(email__iexact=email, is_superuser=True).exists():
        return False
    User.objects.create_superuser(username=email, email=email, password=password)
    return True
