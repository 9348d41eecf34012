"""Reads the old database in batches, over server-side cursors, in one snapshot (transaction).

PostgreSQL returns each row as a JSON document: enums are strings, arrays are lists, and a timestamp
that Python cannot represent is a string that can be reported.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from .old_row import normalized

# Query parameters that only Prisma or its driver knows, and that change nothing for reading.
# https://www.prisma.io/docs/orm/overview/databases/postgresql
PRISMA_ONLY: Final = frozenset({
    "connection_limit", "max_idle_connection_lifetime", "pgbouncer", "pool_timeout", "schema",
    "single_use_connections", "socket_timeout", "sslaccept", "statement_cache_size",
    "uselibpqcompat",
})  # fmt: skip
# A value of node-postgres, and what libpq calls it.
SSL_MODES: Final = {"no-verify": "require"}
CONNECT_SECONDS: Final = 10


class NotTheOldDatabase(Exception):
    """The database cannot be reached, or is another one. The message contains no password."""


@dataclass(frozen=True)
class Source:
    """The old database.

    columns:  table -> normalized column name -> column name
    left_out: the parameters of its URL that libpq does not know, and that Prisma's documents do
              not explain
    """

    connection: psycopg.Connection[Any]
    columns: Mapping[str, Mapping[str, str]]
    left_out: Sequence[str] = ()

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

    def where(self, table: str, column: str, values: Collection[str]) -> list[dict[str, Any]]:
        """Returns the rows of which a column has one of the values; none if it does not exist."""
        name = self.columns.get(table, {}).get(normalized(column))
        if name is None or not values:
            return []
        query = sql.SQL("SELECT row_to_json(old)::text FROM {} AS old WHERE {}::text = ANY (%s)")
        found = self.connection.execute(
            query.format(sql.Identifier(table), sql.Identifier(name)), [list(values)]
        )
        return [json.loads(row[0]) for row in found]

    def last_ends(self, table: str, group: str, time: str) -> dict[str, Any]:
        """Returns the latest time of each group as text; nothing if a column does not exist."""
        columns = self.columns.get(table, {})
        names = [columns.get(normalized(name)) for name in (group, time)]
        if None in names:
            return {}
        # Infinite times cannot be read.
        query = sql.SQL(
            "SELECT {0}::text, max({1})::text FROM {2} WHERE isfinite({1}) GROUP BY {0}"
        ).format(*(sql.Identifier(str(name)) for name in names), sql.Identifier(table))
        return dict(self.connection.execute(query).fetchall())

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
    address, schema, left_out = _parse_url(url)
    try:
        connection = psycopg.connect(address, connect_timeout=CONNECT_SECONDS)
    except psycopg.Error as error:
        raise NotTheOldDatabase(str(error).strip()) from None
    try:
        with connection:
            yield replace(_start_snapshot(connection, schema), left_out=left_out)
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


def _parse_url(url: str) -> tuple[str, str, list[str]]:
    """Returns the URL with libpq's parameters only, the schema, and the names that are unknown.

    Raises NotTheOldDatabase.
    """
    try:
        parts = urlsplit(url)
        parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
        known = {option.keyword.decode() for option in Conninfo.get_defaults()}
        if "sslkey" not in parameters:
            # Prisma's `sslcert` is the server's certificate; libpq's, the client's.
            known.discard("sslcert")
        kept = {name: value for name, value in parameters.items() if name in known}
        if "sslmode" in kept:
            kept["sslmode"] = SSL_MODES.get(kept["sslmode"], kept["sslmode"])
        # libpq reads a plus as a plus, not as a space.
        address = urlunsplit(parts._replace(query=urlencode(kept, quote_via=quote)))
        is_url = parts.scheme in ("postgres", "postgresql")
        conninfo_to_dict(address)
    except (ValueError, psycopg.Error):
        is_url = False
    if not is_url:
        # The message does not repeat the value, which may contain a password.
        raise NotTheOldDatabase(_("This is no postgresql://… URL."))
    left_out = [name for name in parameters if name not in known | PRISMA_ONLY]
    return address, parameters.get("schema") or "public", left_out
