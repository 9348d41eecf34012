from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django_filters import BooleanFilter

from .row_filter import RowFilter, TextFilter


class PersonFilter(RowFilter):
    """`search` is part of a user name or e-mail address."""

    search = TextFilter(method="named_like")
    active = BooleanFilter(field_name="is_active")

    def named_like(self, users: QuerySet[User], _name: str, text: str) -> QuerySet[User]:
        return users.filter(Q(username__icontains=text) | Q(email__icontains=text))
