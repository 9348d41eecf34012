"""`manage.py import_legacy`: its table, its report and its exit codes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from certification.models import (
    AuditEntry,
)
from tests.factories.old_database import OldDatabase

from .old_data import (
    ODD,
    fill,
)

pytestmark = [pytest.mark.django_db, pytest.mark.servers_only]


@pytest.fixture
def _on_a_wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str) -> int:
    """Runs the command and returns its exit code."""
    try:
        call_command("import_legacy", *arguments)
    except SystemExit as end:
        return int(end.code or 0)
    except CommandError as error:
        return error.returncode
    return 0


@pytest.mark.usefixtures("_registry", "_on_a_wide_terminal")
def test_the_command_reports_each_odd_row_in_a_table_and_in_a_file(
    old: OldDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(old, 1500)
    report = tmp_path / "report.csv"

    assert run("--database-url", old.url, "--report", str(report)) == 1

    shown = capsys.readouterr().out
    assert "job is missing: gone" in shown
    assert "certification_jobs" in shown
    lines = list(csv.reader(report.read_text(encoding="utf-8-sig").splitlines()))
    assert lines[0] == ["Table", "Id", "Taken", "Why"]
    assert {(table, name, taken == "yes") for table, name, taken, _why in lines[1:]} == {
        (table, name, taken) for table, name, _why, taken in ODD
    }
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.details["refused"]) == (
        "LEGACY_IMPORTED",
        sum(not taken for _table, _id, _why, taken in ODD),
    )


@pytest.mark.usefixtures("_on_a_wide_terminal")
def test_a_database_without_an_odd_row_is_0(
    old: OldDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGACY_DATABASE_URL", old.url)

    assert run("--dry-run") == 0


@pytest.mark.usefixtures("_on_a_wide_terminal")
@pytest.mark.parametrize(
    "url",
    ["", "mysql://root:hunter2@host/db", "postgresql://a:hunter2@127.0.0.1:9/x", "hunter2"],
)
def test_what_cannot_be_read_is_2_and_tells_no_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEGACY_DATABASE_URL", raising=False)

    with pytest.raises(CommandError) as told:
        call_command("import_legacy", "--database-url", url)

    assert told.value.returncode == 2
    assert "hunter2" not in str(told.value)


@pytest.mark.usefixtures("_on_a_wide_terminal")
def test_what_looks_like_markup_or_a_command_is_shown_as_text(
    old: OldDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.csv"
    old.add("job_certifications", [{"id": "=1+1", "status": "[/red]\x1b[2J", "region": "x"}])

    assert run("--database-url", old.url, "--report", str(report)) == 1

    shown = capsys.readouterr().out
    assert "[/red]�[2J" in shown
    assert "\x1b[2J" not in shown
    assert "'=1+1" in report.read_text(encoding="utf-8-sig")


@pytest.mark.usefixtures("_on_a_wide_terminal")
def test_another_database_is_2(old: OldDatabase) -> None:
    old.connection.execute('DROP TABLE "ai_models" CASCADE')

    assert run("--database-url", old.url) == 2
