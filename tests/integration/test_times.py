"""Times compare by the moment, however they came into the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Coalesce, Now, TruncDay, TruncSecond

from certification.jobs import opening
from certification.models import JobCertification
from certification.queue import admission, claims
from tests.factories.certification import PairFactory, offered

pytestmark = pytest.mark.django_db

SECONDS = datetime(2026, 11, 21, 8, 30, 5, tzinfo=UTC)
PRECISIONS = [
    SECONDS,
    SECONDS.replace(microsecond=120_000),
    SECONDS.replace(microsecond=123_000),
    SECONDS.replace(microsecond=123_456),
]
HOUR = timedelta(hours=1)
# As a parameter, as the database computes it, and copied from another column.
FORMS = {
    "parameter": lambda moment: moment,
    "value": lambda moment: Value(moment, DateTimeField()),
    "computed": lambda moment: Value(moment - HOUR, DateTimeField()) + HOUR,
    "computed back": lambda moment: Value(moment + HOUR, DateTimeField()) - HOUR,
    "coalesced": lambda moment: Coalesce(Value(None, DateTimeField()), Value(moment)),
}


@pytest.mark.parametrize("moment", PRECISIONS, ids=str)
@pytest.mark.parametrize("read", FORMS)
@pytest.mark.parametrize("written", FORMS)
def test_a_time_equals_itself(moment: datetime, written: str, read: str) -> None:
    pair = PairFactory.create()
    rows = JobCertification.objects.filter(pk=pair.pk)
    rows.update(due_at=FORMS[written](moment))
    same = FORMS[read](moment)

    assert rows.get().due_at == moment
    for lookup in ("due_at", "due_at__lte", "due_at__gte"):
        assert rows.filter(**{lookup: same}).exists(), lookup
    for lookup in ("due_at__lt", "due_at__gt"):
        assert not rows.filter(**{lookup: same}).exists(), lookup
    assert rows.filter(due_at=F("due_at") + timedelta(0)).exists()


@pytest.mark.parametrize("moment", PRECISIONS, ids=str)
def test_a_truncated_time_equals_what_it_was_truncated_to(moment: datetime) -> None:
    PairFactory.create(due_at=moment)

    for function, start in (
        (TruncSecond, SECONDS),
        (TruncDay, SECONDS.replace(hour=0, minute=0, second=0)),
    ):
        rows = JobCertification.objects.annotate(start=function("due_at", tzinfo=UTC))
        assert rows.filter(start=start).exists()
        assert rows.filter(start__lte=start, start__gte=start).exists()
        assert rows.get().start == start


def test_now_equals_itself_after_it_was_read() -> None:
    pair = PairFactory.create()
    rows = JobCertification.objects.filter(pk=pair.pk)

    for now in (Now(), Now() + HOUR, Now() - HOUR):
        rows.update(due_at=now)
        assert rows.filter(due_at=rows.get().due_at).exists()


@pytest.mark.sqlite_only
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL stores times as numbers")
def test_every_time_that_a_job_writes_has_six_decimals() -> None:
    opening.open_for_models(*offered(models=2))
    admission.admit()
    claims.reclaim_lost()

    with connection.cursor() as cursor:
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, DateTimeField):
                    cursor.execute(
                        f'SELECT DISTINCT length("{field.column}") FROM "{model._meta.db_table}"'
                    )
                    assert {length for (length,) in cursor.fetchall()} <= {26, None}, field


@pytest.mark.sqlite_only
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL stores times as numbers")
@pytest.mark.parametrize(
    ("stored", "after"),
    [
        ("2026-11-21 08:30:05", "2026-11-21 08:30:05.000000"),
        ("2026-11-21 08:30:05.123", "2026-11-21 08:30:05.123000"),
        ("2026-11-21 08:30:05.123456", "2026-11-21 08:30:05.123456"),
    ],
)
def test_the_migration_writes_all_decimals(stored: str, after: str) -> None:
    pair = PairFactory.create()
    migration = import_module("certification.migrations.0012_times_to_the_microsecond")

    with connection.cursor() as cursor:
        cursor.execute("UPDATE job_certifications SET due_at = %s, started_at = NULL", [stored])
        migration.write_all_decimals(apps, type("Editor", (), {"connection": connection}))
        cursor.execute("SELECT due_at || '', started_at FROM job_certifications")
        assert cursor.fetchall() == [(after, None)]
    pair.refresh_from_db()
    assert pair.due_at.isoformat(sep=" ", timespec="microseconds") == f"{after}+00:00"
