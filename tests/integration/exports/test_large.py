"""Reports of the size of a year's certifications."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model, signals
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from certification.exports import FORMATS, Report, of_job, of_standings, stream
from certification.models import CertificationJob, JobCertification, ModelCertification
from tests.factories.certification import JobFactory
from tests.factories.registry import AIModelFactory, RegionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def pairs(job: CertificationJob, models: int, regions: int) -> Iterator[dict[str, Any]]:
    """Yields pairs; every third one has an error."""
    places = [RegionFactory.create() for _ in range(regions)]
    for _ in range(models):
        model = AIModelFactory.create()
        for number, region in enumerate(places):
            failed = number % 3 == 0
            yield {
                "model": model,
                "region": region,
                "score": 95.0 - number,
                "duration_ms": 1200,
                "simulated": True,
                "completed_at": timezone.now(),
                "error_category": "ACCESS" if failed else "",
                "error_message": "You don't have access to the model." * 5 if failed else "",
                "status": "FAILED" if failed else "",
            }


def job_of(models: int, regions: int) -> CertificationJob:
    job = JobFactory.create(total_models=models * regions)
    JobCertification.objects.bulk_create(
        JobCertification(job=job, **{**fields, "status": fields["status"] or "PASSED"})
        for fields in pairs(job, models, regions)
    )
    return job


def drain(format_name: str, report: Report) -> int:
    return sum(len(piece) for piece in stream(format_name, report))


@pytest.fixture(scope="module")
def large(once: AbstractContextManager[None]) -> CertificationJob:
    with once:
        return job_of(30, 40)


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_job_takes_two_queries_whatever_its_size(
    format_name: str, large: CertificationJob
) -> None:
    # Count by state; the rows with their models.
    for job in (job_of(1, 2), large):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert drain(format_name, of_job(job))

        assert len(queries) == 2


@pytest.mark.parametrize("format_name", FORMATS)
def test_standings_take_two_queries_and_leave_the_test_results_where_they_are(
    format_name: str,
) -> None:
    ModelCertification.objects.bulk_create(
        ModelCertification(**{**fields, "status": fields["status"] or "CERTIFIED"})
        for fields in pairs(JobFactory.create(), 10, 30)
    )

    # Count by outcome; the rows with their models.
    with CaptureQueriesContext(connection) as queries:
        assert drain(format_name, of_standings(ModelCertification.objects.all()))

    assert len(queries) == 2
    assert not any("test_results" in query["sql"] for query in queries)


def test_ten_thousand_rows_take_two_queries_and_never_stand_in_memory_together() -> None:
    job = job_of(250, 40)
    alive: weakref.WeakSet[Model] = weakref.WeakSet()
    most = 0

    def born(sender: type[Model], instance: Model, **_: Any) -> None:
        nonlocal most
        alive.add(instance)
        most = max(most, len(alive))

    signals.post_init.connect(born, sender=JobCertification)
    try:
        with CaptureQueriesContext(connection) as queries:
            told = b"".join(stream("csv", of_job(job)))
    finally:
        signals.post_init.disconnect(born, sender=JobCertification)

    assert told.count(b"\r\n") == 10_001
    assert len(queries) == 2
    assert 0 < most < 20
