"""Commands report an unusable database in one line."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, ProgrammingError, connection

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("load_catalogue", {}),
        ("prune", {}),
        ("certify", {"all": True, "region": ["us-east-1"]}),
        ("sync_with_aws", {}),
    ],
)
def test_one_that_was_never_migrated(command: str, arguments: dict[str, Any]) -> None:
    with connection.schema_editor() as editor:
        for table in ("regions", "certification_evidence"):
            editor.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        with pytest.raises(CommandError, match=r"run manage\.py migrate first") as refused:
            call_command(command, **arguments, stdout=StringIO())
    finally:
        with connection.schema_editor() as editor:
            for table in ("regions", "certification_evidence"):
                editor.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
    assert refused.value.returncode == 2


def failing(error: Exception) -> Any:
    def fail(*_: Any) -> None:
        raise error

    return fail


def test_one_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    away = failing(OperationalError("no route to host"))
    monkeypatch.setattr("certification.jobs.retention.details_older_than", away)

    with pytest.raises(CommandError, match="The database does not answer: no route to host"):
        call_command("prune")


def test_a_programming_error_is_not_reported_as_an_unusable_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = failing(ProgrammingError("syntax error"))
    monkeypatch.setattr("certification.jobs.retention.details_older_than", wrong)

    with pytest.raises(ProgrammingError):
        call_command("prune")
