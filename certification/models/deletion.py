"""What the database does by itself to rows that refer to a deleted one, as the models say.

So that a DELETE in SQL works and leaves what a deletion by the ORM leaves. On PostgreSQL foreign
keys have a delete rule (migrations). SQLite cannot change a foreign key: there triggers do it. They
are dropped before each `migrate` and made again after it, since SQLite renames no table that a
trigger names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connections, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.recorder import MigrationRecorder

APPS: Final = ("certification", "models_registry")
RULES: Final = {models.CASCADE: "CASCADE", models.SET_NULL: "SET NULL"}
# PostgreSQL's codes of them (pg_constraint.confdeltype); "a" is no rule.
CODES: Final = {"CASCADE": "c", "SET NULL": "n"}
TRIGGER: Final = "on_delete_of_"
SINCE: Final = ("certification", "0014_references_and_indexes")


@dataclass(frozen=True)
class Reference:
    """A column that refers to the key of a target table, and what happens to its row when the
    target's row is deleted."""

    table: str
    column: str
    target: str
    key: str
    rule: str


def references(apps: Any) -> list[Reference]:
    """Returns the references of all tables that the models make cascade or set to NULL."""
    return [
        Reference(
            model._meta.db_table,
            field.column,
            field.related_model._meta.db_table,
            field.target_field.column,
            RULES[field.remote_field.on_delete],
        )
        for app in APPS
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
        if model._meta.managed
        for field in model._meta.local_fields
        if field.is_relation and field.remote_field.on_delete in RULES
    ]


def set_rules(editor: BaseDatabaseSchemaEditor, wanted: Iterable[Reference]) -> None:
    """Gives foreign keys their rules; those that have them are left. Does nothing on SQLite."""
    for name, reference in _without(editor, wanted, by_rule=True):
        _replace(editor, name, reference, f"ON DELETE {reference.rule}")


def remove_rules(editor: BaseDatabaseSchemaEditor, wanted: Iterable[Reference]) -> None:
    for name, reference in _without(editor, wanted, by_rule=False):
        _replace(editor, name, reference, "")


def _without(
    editor: BaseDatabaseSchemaEditor, wanted: Iterable[Reference], *, by_rule: bool
) -> Iterator[tuple[str, Reference]]:
    """Yields the foreign keys of references that have not their rule (or that have one)."""
    if editor.connection.vendor != "postgresql":
        return
    for reference in wanted:
        with editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT conname, confdeltype FROM pg_constraint"
                " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]"
                " WHERE contype = 'f' AND conrelid = %s::regclass AND attname = %s",
                [reference.table, reference.column],
            )
            for name, code in cursor.fetchall():
                if code != (CODES[reference.rule] if by_rule else "a"):
                    yield name, reference


def _replace(editor: BaseDatabaseSchemaEditor, name: str, reference: Reference, rule: str) -> None:
    """Replaces a foreign key; its name stays, by which later migrations find it."""
    quote = editor.quote_name
    table = quote(reference.table)
    with transaction.atomic(editor.connection.alias):
        editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {quote(name)}")
        editor.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {quote(name)}"
            f" FOREIGN KEY ({quote(reference.column)})"
            f" REFERENCES {quote(reference.target)} ({quote(reference.key)}) {rule}"
            " DEFERRABLE INITIALLY DEFERRED NOT VALID"
        )
    editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {quote(name)}")


def drop_triggers(using: str, **_signal: Any) -> None:
    """Before `migrate`."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
            [f"{TRIGGER}%"],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")


def make_triggers(using: str, apps: Any, **_signal: Any) -> None:
    """After `migrate`. `apps` has the models as they are in the database then."""
    connection = connections[using]
    if (
        connection.vendor != "sqlite"
        or SINCE not in MigrationRecorder(connection).applied_migrations()
    ):
        return
    quote = connection.ops.quote_name
    steps: dict[str, list[str]] = {}
    for reference in references(apps):
        where = f"WHERE {quote(reference.column)} = OLD.{quote(reference.key)};"
        table = quote(reference.table)
        change = f"UPDATE {table} SET {quote(reference.column)} = NULL"  # noqa: S608 - our own names
        if reference.rule == "CASCADE":
            change = f"DELETE FROM {table}"  # noqa: S608
        steps.setdefault(reference.target, []).append(f"{change} {where}")
    with connection.cursor() as cursor:
        for target, statements in steps.items():
            cursor.execute(
                f"CREATE TRIGGER {quote(TRIGGER + target)} BEFORE DELETE ON {quote(target)}"
                f" BEGIN {' '.join(statements)} END"
            )
