"""Checks of the database that `manage.py migrate` runs before a deployment starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.checks import CheckMessage, Error
from django.db import connections

# The deployment does not start before this is done, so there is no screen to do it on.
SWITCH_OFF = (
    "from django.contrib.auth.models import User; "
    "User.objects.filter(email__iexact='%s').update(is_active=False)"
)
LAPTOP_ADMINISTRATOR_IS_HERE = "certification.E001"


def laptop_administrator(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """A database that began on a laptop has an administrator whose name is public."""
    if settings.MODE != "production":
        return []
    known = User.objects.filter(
        email__iexact=settings.LAPTOP_ADMINISTRATOR, is_active=True, is_superuser=True
    )
    for alias in databases or ():
        # Before its first migration a database has no table of users.
        if User._meta.db_table not in connections[alias].introspection.table_names():
            continue
        if known.using(alias).exists():
            return [
                Error(
                    f"The administrator {settings.LAPTOP_ADMINISTRATOR} of every laptop may sign "
                    "in here.",
                    hint="Make another one (manage.py ensure_admin), and switch this one off: "
                    f'manage.py shell -c "{SWITCH_OFF % settings.LAPTOP_ADMINISTRATOR}"',
                    id=LAPTOP_ADMINISTRATOR_IS_HERE,
                )
            ]
    return []
