"""Creates and revokes API tokens. A token has the rights of its owner; only its hash is kept."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from knox.models import AuthToken
from knox.settings import knox_settings

from certification.errors import AccountInactive, LifetimeRefused
from certification.queries.tokens import NAME_LENGTH
from certification.states import AuditAction

from . import audit, roles
from .audit import Actor
from .roles import Role

SHORTEST: Final = timedelta(hours=1)
LONGEST: Final = timedelta(days=365)
# Of an administrator's token, which can do the most harm.
LONGEST_ADMINISTERING: Final = timedelta(days=90)


def make(owner: User, actor: Actor, lifetime: timedelta | None = None) -> tuple[Any, str]:
    """Returns the token's row, and the token itself, which cannot be read again.

    `lifetime` None: HOMOLOGA_TOKEN_HOURS. Raises LifetimeRefused, AccountInactive.
    """
    if not owner.is_active:
        raise AccountInactive(
            _("The account %(name)s is switched off.") % {"name": owner.get_username()}
        )
    most = longest(owner)
    lasts = min(knox_settings.TOKEN_TTL, most) if lifetime is None else lifetime
    if not SHORTEST <= lasts <= most:
        raise LifetimeRefused(
            _("A token is valid for at least an hour, and for %(days)s days at most.")
            % {"days": most.days}
        )
    with transaction.atomic():
        row, token = AuthToken.objects.create(owner, expiry=lasts)
        audit.note(
            actor,
            AuditAction.TOKEN_MADE,
            subject=owner.get_username(),
            token=short(row),
            expires=row.expiry.isoformat(),
        )
    return row, token


def longest(owner: User) -> timedelta:
    """Returns how long a token of this user may live."""
    return LONGEST_ADMINISTERING if roles.role_of(owner) is Role.ADMINISTRATOR else LONGEST


def shorten(owner: User) -> None:
    """Lets tokens live no longer than those that the owner's present role may make."""
    most = Now() + longest(owner)
    owned = AuthToken.objects.filter(user=owner)
    owned.filter(Q(expiry=None) | Q(expiry__gt=most)).update(expiry=most)


def revoke(tokens: QuerySet[Any], actor: Actor) -> int:
    """Deletes tokens; returns how many."""
    with transaction.atomic():
        found = list(tokens.select_related("user").select_for_update(of=("self",)))
        AuthToken.objects.filter(pk__in=[row.pk for row in found]).delete()
        by_owner: dict[str, list[str]] = defaultdict(list)
        for row in found:
            by_owner[row.user.get_username()].append(short(row))
        for owner, names in by_owner.items():
            audit.note(actor, AuditAction.TOKEN_REVOKED, subject=owner, tokens=names)
    return len(found)


def short(row: Any) -> str:
    """The name of a token: the beginning of its hash, which gives no access."""
    return str(row.digest[:NAME_LENGTH])
