"""User accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from certification.errors import PersonNotFound

from .filters.people import PersonFilter


def search(wanted: Mapping[str, Any]) -> QuerySet[User]:
    """Returns the users that match the parameters of PersonFilter, with their groups, by name.

    Each user is annotated with `live_tokens`, the number of API tokens that have not expired. Two
    queries when evaluated.
    """
    users = PersonFilter.narrow(
        User.objects.prefetch_related("groups").order_by("username"), wanted
    )
    alive = Q(auth_token_set__expiry=None) | Q(auth_token_set__expiry__gt=Now())
    has_token = Q(auth_token_set__isnull=False)
    return users.annotate(live_tokens=Count("auth_token_set", filter=has_token & alive))


def get(user_id: int) -> User:
    """Returns a user with groups. Raises PersonNotFound."""
    try:
        return User.objects.prefetch_related("groups").get(pk=user_id)
    except User.DoesNotExist:
        raise PersonNotFound(_("There is no such user.")) from None
