"""The backend: its name in the settings is `config.sqlite`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3._functions import (  # type: ignore[import-untyped]
    _sqlite_datetime_trunc,
    _sqlite_format_dtdelta,
)
from django.db.backends.sqlite3.operations import DatabaseOperations as SqliteOperations
from django.utils import timezone


class DatabaseOperations(SqliteOperations):
    compiler_module = "config.sqlite.compiler"

    def adapt_datetimefield_value(self, value: Any) -> str | None:
        """Returns an aware or naive time as text in UTC; None for None."""
        if isinstance(value, datetime):
            if timezone.is_aware(value):
                value = timezone.make_naive(value, self.connection.timezone)
            return _as_text(value)
        return super().adapt_datetimefield_value(value)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations

    def get_new_connection(self, conn_params: Any) -> Any:
        connection = super().get_new_connection(conn_params)
        # In the place of Django's functions: what `+` and `-` of a time and a duration return, and
        # what times are truncated to.
        connection.create_function("django_format_dtdelta", 3, _add, deterministic=True)
        connection.create_function("django_datetime_trunc", 4, _truncate, deterministic=True)
        return connection


def _add(connector: str | None, left: Any, right: Any) -> Any:
    return _with_decimals(_sqlite_format_dtdelta(connector, left, right))


def _truncate(*given: Any) -> Any:
    return _with_decimals(_sqlite_datetime_trunc(*given))


def _with_decimals(result: Any) -> Any:
    try:
        return _as_text(datetime.fromisoformat(result))
    except (TypeError, ValueError):
        return result


def _as_text(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="microseconds")
