"""The database of the system that this one replaces, with the tables that its documents describe,
in Prisma's names, types and quoting; created on the PostgreSQL of the test run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

import psycopg
from django.db import connection
from psycopg import sql

SCHEMA = """
CREATE TYPE "CertificationStatus" AS ENUM ('PENDING', 'QUEUED', 'PROCESSING', 'CERTIFIED',
    'QUALITY_WARNING', 'COMPLETED', 'FAILED', 'CANCELLED', 'ARCHIVED');
CREATE TYPE "CertificationJobType" AS ENUM ('SINGLE_MODEL', 'MULTIPLE_MODELS', 'ALL_MODELS',
    'RECERTIFY', 'SMOKE_TEST');
CREATE TYPE "JobStatus" AS ENUM ('PENDING', 'QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED',
    'CANCELLED', 'PAUSED', 'LOST');
CREATE TABLE "ai_providers" ("id" TEXT PRIMARY KEY, "name" TEXT NOT NULL, "slug" TEXT NOT NULL);
CREATE TABLE "ai_models" (
    "id" TEXT PRIMARY KEY, "name" TEXT NOT NULL, "apiModelId" TEXT,
    "providerId" TEXT REFERENCES "ai_providers"("id"), "isActive" BOOLEAN DEFAULT true,
    "createdAt" TIMESTAMP(3) DEFAULT now());
CREATE TABLE "certification_jobs" (
    "id" TEXT PRIMARY KEY, "type" "CertificationJobType" NOT NULL, "regions" TEXT[],
    "modelIds" TEXT[], "status" "JobStatus" NOT NULL, "totalModels" INTEGER DEFAULT 0,
    "processedModels" INTEGER DEFAULT 0, "successCount" INTEGER DEFAULT 0,
    "failureCount" INTEGER DEFAULT 0, "bullJobId" TEXT, "startedAt" TIMESTAMP(3),
    "completedAt" TIMESTAMP(3), "duration" INTEGER, "config" JSONB,
    "createdAt" TIMESTAMP(3) DEFAULT now(), "updatedAt" TIMESTAMP(3), "createdBy" TEXT);
CREATE TABLE "job_certifications" (
    "id" TEXT PRIMARY KEY, "jobId" TEXT, "modelId" TEXT, "region" TEXT, "status" TEXT,
    "startedAt" TIMESTAMP(3), "completedAt" TIMESTAMP(3), "duration" INTEGER, "error" TEXT,
    "details" JSONB, "createdAt" TIMESTAMP(3));
CREATE TABLE "model_certifications" (
    "id" TEXT PRIMARY KEY, "modelId" TEXT, "region" TEXT, "status" "CertificationStatus",
    "passed" BOOLEAN, "score" DOUBLE PRECISION, "rating" TEXT, "badge" TEXT, "testResults" JSONB,
    "errorMessage" TEXT, "errorCategory" TEXT, "jobId" TEXT, "startedAt" TIMESTAMP(3),
    "completedAt" TIMESTAMP(3), "duration" INTEGER, "createdAt" TIMESTAMP(3),
    "updatedAt" TIMESTAMP(3), "createdBy" TEXT);
CREATE TABLE "model_certifications_legacy" (
    "id" TEXT PRIMARY KEY, "modelId" TEXT, "status" TEXT, "passed" BOOLEAN,
    "score" DOUBLE PRECISION, "certifiedAt" TIMESTAMP(3), "failureReasons" JSONB);
"""
TABLES = (
    "ai_models",
    "certification_jobs",
    "job_certifications",
    "model_certifications",
    "model_certifications_legacy",
)
Row = Mapping[str, Any]


def old_id(kind: int, number: int) -> str:
    return str(UUID(int=(kind << 64) + number + 1))


@dataclass(frozen=True)
class OldDatabase:
    """`url` is in Prisma's form, with parameters that only Prisma uses."""

    url: str
    connection: psycopg.Connection[Any]

    def add(self, table: str, rows: Sequence[Row]) -> None:
        for names in dict.fromkeys(tuple(row) for row in rows):
            query = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, names)),
                sql.SQL(", ").join(sql.Placeholder() for _ in names),
            )
            alike = [
                [json.dumps(value) if isinstance(value, dict) else value for value in row.values()]
                for row in rows
                if tuple(row) == names
            ]
            with self.connection.cursor() as cursor:
                cursor.executemany(query, alike)

    def change(self, table: str, old: str, **values: Any) -> None:
        for name, value in values.items():
            self.connection.execute(
                sql.SQL("UPDATE {} SET {} = %s WHERE id = %s").format(
                    sql.Identifier(table), sql.Identifier(name)
                ),
                [value, old],
            )

    def count(self, table: str) -> int:
        row = self.connection.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        ).fetchone()
        assert row is not None
        return int(row[0])


@contextmanager
def old_database() -> Iterator[OldDatabase]:
    """Creates the database on the tests' server, and drops it afterwards."""
    ours = connection.settings_dict
    name = f"old_{ours['NAME']}"
    host, user = quote(ours["HOST"] or "localhost", safe=""), quote(ours["USER"] or "", safe="")
    password = f":{quote(ours['PASSWORD'], safe='')}" if ours["PASSWORD"] else ""
    port = f":{ours['PORT']}" if ours["PORT"] else ""
    server = f"postgresql://{user}{password}@{host}{port}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as keeper:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        keeper.execute(drop)
        keeper.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            with psycopg.connect(f"{server}/{quote(name)}", autocommit=True) as made:
                made.execute(SCHEMA)
                url = f"{server}/{quote(name)}?schema=public&connection_limit=5&pgbouncer=true"
                yield OldDatabase(url, made)
        finally:
            keeper.execute(drop)
