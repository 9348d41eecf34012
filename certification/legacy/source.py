"""Reads the old database, in batches over server-side cursors and in one snapshot of it.

Each row comes as one JSON document made by PostgreSQL: enums are texts there, arrays are lists,
and a timestamp that Python has no number for is a text that can be reported.
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

from .old_row import plain

# What Prisma's own URLs say beside what PostgreSQL's library understands.
PRISMA_ONLY: Final = {
    "connection_limit", "pgbouncer", "pool_timeout", "schema", "socket_timeout", "sslaccept",
    "statement_cache_size",
}  # fmt: skip
CONNECT_SECONDS: Final = 10


class NotTheOldDatabase(Exception):
    """It cannot be reached, or is another one; the message says which, and holds no password."""


@dataclass(frozen=True)
class Source:
    """`columns` has the tables that are there, each with its columns by their plain names."""

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
        """The rows in the order of those of the columns that exist, newest first where the
        column is a time, `size` at a time."""
        columns = self.columns[table]
        ordering = [
            sql.Identifier(columns[plain(name)])
            + sql.SQL(" DESC NULLS LAST" if name.endswith("At") else "")
            for name in order
            if plain(name) in columns
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
        """What `ai_models` refers to as its providers, by id; the table's name is not known."""
        found = self.connection.execute(
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
        names = [found[0]] if found else ["ai_providers", "providers"]
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
    """Raises NotTheOldDatabase."""
    address, schema = _understood(url)
    try:
        connection = psycopg.connect(address, connect_timeout=CONNECT_SECONDS)
    except psycopg.Error as error:
        raise NotTheOldDatabase(str(error).strip()) from None
    try:
        with connection:
            yield _prepared(connection, schema)
    except psycopg.Error as error:
        raise NotTheOldDatabase(str(error).strip()) from error


def _prepared(connection: psycopg.Connection[Any], schema: str) -> Source:
    """Raises NotTheOldDatabase."""
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    # Times without a zone are UTC there; those with one are to be told in it, too.
    connection.execute("SET LOCAL TIME ZONE 'UTC'")
    connection.execute(
        sql.SQL("SET LOCAL search_path TO {}, pg_catalog").format(sql.Identifier(schema))
    )
    columns: dict[str, dict[str, str]] = {}
    for table, column in connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = %s",
        [schema],
    ):
        columns.setdefault(table, {})[plain(column)] = column
    if "ai_models" not in columns:
        raise NotTheOldDatabase(
            _("There is no table “ai_models” in the schema “%(schema)s”.") % {"schema": schema}
        )
    return Source(connection, columns)


def _understood(url: str) -> tuple[str, str]:
    """The URL without what only Prisma knows, and its schema. Raises NotTheOldDatabase."""
    try:
        parts = urlsplit(url)
        asked = parse_qsl(parts.query, keep_blank_values=True)
        kept = [(name, value) for name, value in asked if name not in PRISMA_ONLY]
        address = urlunsplit(parts._replace(query=urlencode(kept)))
        is_url = parts.scheme in ("postgres", "postgresql")
        conninfo_to_dict(address)
    except (ValueError, psycopg.Error):
        is_url = False
    if not is_url:
        # What was given is not repeated: there may be a password in it.
        raise NotTheOldDatabase(_("This is no postgresql://… URL."))
    return address, dict(asked).get("schema") or "public"
