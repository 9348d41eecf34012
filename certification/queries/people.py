"""User accounts."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from certification.errors import PersonNotFound


def search(*, search: str = "", active: bool | None = None) -> QuerySet[User]:
    """Returns users with their groups, ordered by name. Two queries when evaluated.

    `search` is part of the user name or the e-mail address. Each user is annotated with
    `live_tokens`, the number of API tokens that have not expired.
    """
    users = User.objects.prefetch_related("groups").order_by("username")
    if search:
        users = users.filter(Q(username__icontains=search) | Q(email__icontains=search))
    if active is not None:
        users = users.filter(is_active=active)
    alive = Q(auth_token_set__expiry=None) | Q(auth_token_set__expiry__gt=Now())
    has_token = Q(auth_token_set__isnull=False)
    return users.annotate(live_tokens=Count("auth_token_set", filter=has_token & alive))


def get(user_id: int) -> User:
    """Returns a user with groups. Raises PersonNotFound."""
    try:
        return User.objects.prefetch_related("groups").get(pk=user_id)
    except User.DoesNotExist:
        raise PersonNotFound(_("There is no such user.")) from None
