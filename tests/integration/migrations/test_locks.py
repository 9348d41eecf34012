"""No migration locks a large table for long.

Checks the SQL that is sent to PostgreSQL. Adding a nullable column, or one with a constant default,
changes only PostgreSQL's catalogue; so does a foreign key on such a new column. Statements that read
or write every row under a lock are reported.
"""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

pytestmark = [pytest.mark.servers_only, pytest.mark.django_db(transaction=True)]

APPS = ("certification", "models_registry")
# Tables that keep growing.
LARGE = (
    "certification_audit",
    "certification_evidence",
    "certification_jobs",
    "job_certifications",
    "model_certifications_legacy",
)
# Indexes on new, empty columns of the jobs table, which has one row per hundreds of pairs: measured
# with 1,000,000 pairs, no statement waits 0.25 s (benchmarks/README.md).
MEASURED = {
    "0002_retries_and_keys": "certification_jobs_retry_of_id",
    "0005_schedules": "certification_jobs_policy_id",
}
REWRITES = re.compile(
    r"ALTER COLUMN \S+ (TYPE|SET NOT NULL)"
    r"|ADD COLUMN (?!.*\bNULL\b.*REFERENCES)(?=.*NOT NULL)(?!.*DEFAULT)"
    r"|DEFAULT (random|gen_random_uuid|clock_timestamp)"
    r"|ADD CONSTRAINT (?!.*NOT VALID)"
    r"|^UPDATE|^DELETE|^VACUUM|^CLUSTER"
)


def faults_of(statement: str, made_here: set[str]) -> list[str]:
    """Returns the large tables that a statement reads or writes completely under a lock."""
    touched = [
        table
        for table in LARGE
        if table not in made_here
        and re.search(rf'(TABLE|ON|UPDATE|FROM) "?{table}"?[ (;]', statement)
    ]
    builds = re.match(r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)", statement)
    # Skips constraints of other tables that only refer to a large one.
    if not builds and not re.match(rf'(ALTER TABLE|UPDATE|DELETE FROM) "({"|".join(LARGE)})"', statement):
        return []
    return touched if builds or REWRITES.search(statement) else []


def migrations_after_the_first() -> list[tuple[str, str]]:
    nodes = MigrationLoader(connection).graph.nodes
    return sorted(key for key in nodes if key[0] in APPS and not key[1].startswith("0001"))


def test_no_migration_reads_or_writes_a_large_table_whole_while_it_is_locked() -> None:
    loader = MigrationLoader(connection, replace_migrations=False)
    found = []

    for key in migrations_after_the_first():
        statements = [
            each
            for each in loader.collect_sql([(loader.get_migration(*key), False)])
            if not each.startswith("--")
        ]
        made_here = set(re.findall(r'CREATE TABLE "(\w+)"', " ".join(statements)))
        found += [
            (key, statement)
            for statement in statements
            if faults_of(statement, made_here)
            and not (key[1] in MEASURED and MEASURED[key[1]] in statement)
        ]

    assert not found


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE INDEX "x" ON "job_certifications" ("score");',
        'CREATE UNIQUE INDEX "x" ON "certification_evidence" ("a");',
        'ALTER TABLE "job_certifications" ADD COLUMN "x" integer NOT NULL;',
        'ALTER TABLE "job_certifications" ALTER COLUMN "score" TYPE numeric USING "score"::numeric;',
        'ALTER TABLE "job_certifications" ALTER COLUMN "score" SET NOT NULL;',
        'ALTER TABLE "job_certifications" ADD COLUMN "x" uuid DEFAULT gen_random_uuid() NOT NULL;',
        'ALTER TABLE "job_certifications" ADD CONSTRAINT "x" CHECK ("score" > 0);',
        'UPDATE "job_certifications" SET "score" = 0;',
    ],
)
def test_what_would_lock_for_long_is_recognised(statement: str) -> None:
    assert faults_of(statement, set()) == [
        "certification_evidence" if "evidence" in statement else "job_certifications"
    ]


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE INDEX CONCURRENTLY "x" ON "job_certifications" ("score");',
        'ALTER TABLE "job_certifications" ADD COLUMN "x" timestamp with time zone NULL;',
        'ALTER TABLE "job_certifications" ADD COLUMN "x" boolean DEFAULT false NOT NULL;',
        'ALTER TABLE "job_certifications" ADD CONSTRAINT "x" CHECK ("score" > 0) NOT VALID;',
        'ALTER TABLE "job_certifications" VALIDATE CONSTRAINT "x";',
        'ALTER TABLE "letters" ADD CONSTRAINT "x" FOREIGN KEY ("a") REFERENCES "job_certifications" ("id");',
        'CREATE INDEX "x" ON "providers" ("name");',
    ],
)
def test_what_takes_a_moment_is_let_through(statement: str) -> None:
    assert not faults_of(statement, set())
