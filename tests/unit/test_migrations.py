"""Columns that a migration adds work for INSERTs of a process of the version before."""

from __future__ import annotations

import pytest
from django.db.migrations import AddField
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED, Field

APPS = ("certification", "models_registry")


def fails_an_earlier_insert(field: Field) -> bool:
    """Whether an INSERT that does not name the column fails: NOT NULL, without a default in the
    database (Django drops that of `default=` as soon as the column is there)."""
    return (
        not field.many_to_many
        and not field.null
        and not field.primary_key
        and field.db_default is NOT_PROVIDED
    )


def added_columns() -> list[tuple[tuple[str, str], str]]:
    loader = MigrationLoader(None)
    found = []
    for key, migration in sorted(loader.disk_migrations.items()):
        made = {
            operation.name.lower()
            for operation in migration.operations
            if type(operation).__name__ == "CreateModel"
        }
        found += [
            (key, f"{operation.model_name}.{operation.name}")
            for operation in migration.operations
            if key[0] in APPS
            and isinstance(operation, AddField)
            and operation.model_name.lower() not in made
            and fails_an_earlier_insert(operation.field)
        ]
    return found


def test_no_migration_adds_a_column_that_an_earlier_version_cannot_fill() -> None:
    assert added_columns() == []


@pytest.mark.parametrize(
    ("field", "fails"),
    [
        (Field(), True),
        (Field(default=""), True),
        (Field(null=True), False),
        (Field(db_default=""), False),
    ],
)
def test_which_columns_fail(field: Field, fails: bool) -> None:
    assert fails_an_earlier_insert(field) is fails
