"""API tokens of users."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from knox.models import AuthToken

from certification.errors import TokenNotFound

# Characters of the hash (digest) by which people tell tokens apart.
NAME_LENGTH: Final = 8

NOT_EXPIRED = Q(expiry=None) | Q(expiry__gt=Now())


def live_tokens(user: User) -> QuerySet[Any]:
    """Returns the tokens of a user that have not expired, newest first."""
    tokens: QuerySet[Any] = AuthToken.objects.filter(NOT_EXPIRED, user=user).order_by("-created")
    return tokens


def named(name: str) -> QuerySet[Any]:
    """Returns the tokens whose hash begins with `name`; none if `name` is not NAME_LENGTH long."""
    condition = {"digest__startswith": name} if len(name) == NAME_LENGTH else {"pk": None}
    tokens: QuerySet[Any] = AuthToken.objects.filter(**condition)
    return tokens


def live_token(user: User, name: str) -> QuerySet[Any]:
    """Returns the user's unexpired token of that name, as a queryset. Raises TokenNotFound."""
    found = named(name).filter(NOT_EXPIRED, user=user)
    if not found.exists():
        raise TokenNotFound(_("There is no such token: it may have been revoked already."))
    return found
