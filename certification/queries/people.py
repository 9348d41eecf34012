"""Who may come in, and with which tokens."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from knox.models import AuthToken

from certification.errors import PersonNotFound, TokenNotFound

# How many characters of the hash.
TOKEN_NAME: Final = 8
ALIVE = Q(expiry=None) | Q(expiry__gt=Now())


def people(*, search: str = "", active: bool | None = None) -> QuerySet[User]:
    """By name, with groups, each with its number of `live_tokens`. Two queries when read."""
    users = User.objects.prefetch_related("groups").order_by("username")
    if search:
        users = users.filter(Q(username__icontains=search) | Q(email__icontains=search))
    if active is not None:
        users = users.filter(is_active=active)
    alive = Q(auth_token_set__expiry=None) | Q(auth_token_set__expiry__gt=Now())
    has_token = Q(auth_token_set__isnull=False)
    return users.annotate(live_tokens=Count("auth_token_set", filter=has_token & alive))


def person(user_id: int) -> User:
    """Raises PersonNotFound."""
    try:
        return User.objects.prefetch_related("groups").get(pk=user_id)
    except User.DoesNotExist:
        raise PersonNotFound(_("There is no such user.")) from None


def live_tokens(user: User) -> QuerySet[Any]:
    """Newest first."""
    tokens: QuerySet[Any] = AuthToken.objects.filter(ALIVE, user=user).order_by("-created")
    return tokens


def tokens_named(name: str) -> QuerySet[Any]:
    """Those that people tell apart by this beginning of the hash, which has to be whole."""
    wanted = {"digest__startswith": name} if len(name) == TOKEN_NAME else {"pk": None}
    tokens: QuerySet[Any] = AuthToken.objects.filter(**wanted)
    return tokens


def live_token(user: User, name: str) -> QuerySet[Any]:
    """The token of a user that people know by that name. Raises TokenNotFound."""
    found = tokens_named(name).filter(ALIVE, user=user)
    if not found.exists():
        raise TokenNotFound(_("There is no such token: it may have been revoked already."))
    return found
