"""API tokens."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from knox.models import AuthToken

from certification.errors import TokenNotFound

# How many characters of the hash.
NAME_LENGTH: Final = 8


ALIVE = Q(expiry=None) | Q(expiry__gt=Now())


def live_tokens(user: User) -> QuerySet[Any]:
    """Newest first."""
    tokens: QuerySet[Any] = AuthToken.objects.filter(ALIVE, user=user).order_by("-created")
    return tokens


def named(name: str) -> QuerySet[Any]:
    """Those that people tell apart by this beginning of the hash, which has to be whole."""
    wanted = {"digest__startswith": name} if len(name) == NAME_LENGTH else {"pk": None}
    tokens: QuerySet[Any] = AuthToken.objects.filter(**wanted)
    return tokens


def live_token(user: User, name: str) -> QuerySet[Any]:
    """The token of a user that people know by that name. Raises TokenNotFound."""
    found = named(name).filter(ALIVE, user=user)
    if not found.exists():
        raise TokenNotFound(_("There is no such token: it may have been revoked already."))
    return found
