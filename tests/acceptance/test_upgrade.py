"""A database of an earlier version is upgraded, and downgraded again, without losing data."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from . import earlier_version
from .deployment import ROOT, _psycopg, database

pytestmark = [pytest.mark.processes, pytest.mark.servers_only]

JOBS = 8


@dataclass
class EarlierDeployment:
    url: str
    folder: Path

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": self.url, "HOMOLOGA_DATA_DIR": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(psycopg.connect(**_psycopg(self.url))) as connection:
            cursor = connection.execute(sql)
            found = cursor.fetchall() if cursor.description else []
            connection.commit()
        return found

    def columns(self) -> dict[str, list[str]]:
        return {
            table: [
                name
                for (name,) in self.rows(
                    "SELECT column_name FROM information_schema.columns "
                    f"WHERE table_name = '{table}' ORDER BY column_name"
                )
            ]
            for table in earlier_version.TABLES
        }

    def contents(self, columns: dict[str, list[str]]) -> dict[str, tuple[Any, ...]]:
        """Returns the number of rows of each table, with a hash over these columns."""
        found = {}
        for table, names in columns.items():
            row = f"md5(row({', '.join(names)})::text)"
            (found[table],) = self.rows(
                f"SELECT count(*), md5(string_agg({row}, '' ORDER BY {row})) FROM {table}"
            )
        return found


@pytest.fixture
def last(tmp_path: Path) -> Iterator[EarlierDeployment]:
    """The version right before this one."""
    with database(tmp_path) as url:
        here = EarlierDeployment(url, tmp_path)
        for target in earlier_version.LAST_FORWARD:
            here.manage("migrate", *target, "--verbosity", "0")
        here.rows(earlier_version.filling(1) + earlier_version.UNDER_EARLIER_NAMES)
        yield here


@pytest.fixture
def earlier(tmp_path: Path) -> Iterator[EarlierDeployment]:
    with database(tmp_path) as url:
        here = EarlierDeployment(url, tmp_path)
        for target in earlier_version.FORWARD:
            here.manage("migrate", *target, "--verbosity", "0")
        here.rows(earlier_version.filling(JOBS))
        yield here


def test_an_earlier_versions_data_is_whole_after_the_upgrade_and_after_going_back(
    earlier: EarlierDeployment,
) -> None:
    columns = earlier.columns()
    before = earlier.contents(columns)
    pairs = JOBS * earlier_version.PAIRS_A_JOB
    assert before["job_certifications"][0] == before["certification_evidence"][0] == pairs

    earlier.manage("migrate", "--verbosity", "0")

    assert earlier.contents(columns) == before
    assert earlier.columns() != columns
    # This version can read the rows of the earlier one.
    earlier.manage("load_catalogue")
    assert str(pairs) in earlier.manage("prune", "--older-than-days", "1", "--dry-run")

    for app, migration in earlier_version.EARLIER.items():
        earlier.manage("migrate", app, migration, "--verbosity", "0")

    assert earlier.columns() == columns
    history = {name: columns[name] for name in columns if "certification" in name}
    assert earlier.contents(history) == {name: before[name] for name in history}


READ = """
from django.contrib.auth.models import Group
from certification.models import CircuitBreaker, JobCertification, Schedule
schedule = Schedule.objects.get()
print(
    CircuitBreaker.objects.get().reason,
    [region.pk for region in schedule.chosen_regions.all()],
    schedule.jobs.count(),
    JobCertification.objects.filter(error_category="CIRCUIT_OPEN", queued_at__year=2026).count(),
    sorted(Group.objects.get(name="planners").permissions.values_list("codename", flat=True)),
)
"""


def test_what_the_last_version_stored_under_other_names_is_read_and_given_back(
    last: EarlierDeployment,
) -> None:
    columns = last.columns()
    before = last.contents(columns)

    last.manage("migrate", "--verbosity", "0")

    now = last.columns()
    for table, names in columns.items():
        assert set(names) <= set(now[table]), "the last version may still be running"
    assert last.manage("shell", "--no-imports", "-c", READ).strip() == (
        "CIRCUIT_OPEN ['region-2'] 1 50 ['change_recertificationpolicy', 'change_schedule']"
    )

    for app, migration in earlier_version.LAST.items():
        last.manage("migrate", app, migration, "--verbosity", "0")

    assert last.contents(columns) == before
