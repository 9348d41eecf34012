"""Reads the old database in batches, over server-side cursors, in one snapshot (transaction).

PostgreSQL returns each row as a JSON document: enums are strings, arrays are lists, and a timestamp
that Python cannot represent is a string that can be reported.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from .old_row import normalized

# Query parameters of Prisma's connection URLs that libpq rejects.
PRISMA_ONLY: Final = {
    "connection_limit", "pgbouncer", "pool_timeout", "schema", "socket_timeout", "sslaccept",
    "statement_cache_size",
}  # fmt: skip
CONNECT_SECONDS: Final = 10


class NotTheOldDatabase(Exception):
    """The database cannot be reached, or is another one. The message contains no password."""


@dataclass(frozen=True)
class Source:
    """The old database. `columns`: table -> normalized column name -> column name."""

    connection: psycopg.Connection[Any]
    columns: Mapping[str, Mapping[str, str]]

    def count(self, table: str) -> int:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        row = self.connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])

    def batches(
        self, table: str, order: Sequence[str], size: int
    ) -> Iterator[list[dict[str, Any]]]:
        """Yields the rows of a table in lists of `size`.

        Sorted by those columns of `order` that exist; times (names that end with At) newest first.
        """
        columns = self.columns[table]
        ordering = [
            sql.Identifier(columns[normalized(name)])
            + sql.SQL(" DESC NULLS LAST" if name.endswith("At") else "")
            for name in order
            if normalized(name) in columns
        ]
        query = sql.SQL("SELECT row_to_json(old)::text FROM {} AS old").format(
            sql.Identifier(table)
        )
        if ordering:
            query += sql.SQL(" ORDER BY ") + sql.SQL(", ").join(ordering)
        with self.connection.cursor(name=f"old_{table}") as cursor:
            cursor.itersize = size
            rows = iter(cursor.execute(query))
            while batch := list(islice(rows, size)):
                yield [json.loads(row[0]) for row in batch]

    def providers(self) -> dict[str, dict[str, Any]]:
        """Returns the providers by id.

        Their table has different names: it is the one to which `ai_models` has a foreign key.
        """
        row = self.connection.execute(
            """
            SELECT target.relname
            FROM pg_constraint AS key
            JOIN pg_class AS target ON target.oid = key.confrelid
            JOIN pg_attribute AS part
              ON part.attrelid = key.conrelid AND part.attnum = ANY (key.conkey)
            WHERE key.contype = 'f' AND key.conrelid = '"ai_models"'::regclass
              AND lower(replace(part.attname, '_', '')) = 'providerid'
            """
        ).fetchone()
        names = [row[0]] if row else ["ai_providers", "providers"]
        for name in names:
            if name in self.columns:
                return {
                    str(row.get("id")): row
                    for batch in self.batches(name, ["id"], 1000)
                    for row in batch
                }
        return {}


@contextmanager
def open_source(url: str) -> Iterator[Source]:
    """Connects to the old database, read-only. Raises NotTheOldDatabase."""
    address, schema = _parse_url(url)
    try:
        connection = psycopg.connect(address, connect_timeout=CONNECT_SECONDS)
    except psycopg.Error as error:
        raise NotTheOldDatabase(str(error).strip()) from None
    try:
        with connection:
            yield _start_snapshot(connection, schema)
    except psycopg.Error as error:
        raise NotTheOldDatabase(str(error).strip()) from error


def _start_snapshot(connection: psycopg.Connection[Any], schema: str) -> Source:
    """Raises NotTheOldDatabase."""
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    # Times without a zone are UTC there; this renders those with a zone in UTC, too.
    connection.execute("SET LOCAL TIME ZONE 'UTC'")
    connection.execute(
        sql.SQL("SET LOCAL search_path TO {}, pg_catalog").format(sql.Identifier(schema))
    )
    columns: dict[str, dict[str, str]] = {}
    for table, column in connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = %s",
        [schema],
    ):
        columns.setdefault(table, {})[normalized(column)] = column
    if "ai_models" not in columns:
        raise NotTheOldDatabase(
            _("There is no table “ai_models” in the schema “%(schema)s”.") % {"schema": schema}
        )
    return Source(connection, columns)


def _parse_url(url: str) -> tuple[str, str]:
    """Returns the URL without Prisma's parameters, and the schema. Raises NotTheOldDatabase."""
    try:
        parts = urlsplit(url)
        parameters = parse_qsl(parts.query, keep_blank_values=True)
        kept = [(name, value) for name, value in parameters if name not in PRISMA_ONLY]
        address = urlunsplit(parts._replace(query=urlencode(kept)))
        is_url = parts.scheme in ("postgres", "postgresql")
        conninfo_to_dict(address)
    except (ValueError, psycopg.Error):
        is_url = False
    if not is_url:
        # The message does not repeat the value, which may contain a password.
        raise NotTheOldDatabase(_("This is no postgresql://… URL."))
    return address, dict(parameters).get("schema") or "public"
