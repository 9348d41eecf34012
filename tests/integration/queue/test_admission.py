"""Which pairs get slots: limited by the region and the workers, and shared between jobs."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from certification.jobs import lifecycle, opening
from certification.models import CertificationJob, CircuitBreaker, JobCertification
from certification.queue import admission, claims
from certification.states import PairStatus
from models_registry.models import Region
from tests.factories.certification import (
    JobFactory,
    PairFactory,
    WorkerFactory,
    offered,
)
from tests.factories.registry import AIModelFactory, RegionFactory
from tests.integration.conftest import RecordedBroker

pytestmark = pytest.mark.django_db


def a_job(models: int, region: Region | None = None) -> CertificationJob:
    """Creates a job with this number of pairs, all in one region."""
    job, region = JobFactory.create(), region or RegionFactory.create()
    made = [AIModelFactory.create() for _ in range(models)]
    for model in made:
        PairFactory.create(job=job, model=model, region=region)
    return job


def published_by_job() -> Counter[object]:
    return Counter(
        JobCertification.objects.filter(status=PairStatus.QUEUED).values_list("job", flat=True)
    )


def test_waiting_pairs_get_slots_and_are_queued(queued: RecordedBroker) -> None:
    models, regions = offered(models=3)
    job = opening.open_for_models(models, regions).job

    assert admission.admit() == 3

    assert set(queued.pairs) == set(job.certifications.values_list("pk", flat=True))
    assert published_by_job() == {job.pk: 3}


def test_nothing_is_queued_twice(queued: RecordedBroker) -> None:
    a_job(models=2)

    admission.admit()
    admission.admit()

    assert len(queued.pairs) == 2


def test_a_region_has_no_more_than_the_deployments_limit(settings: Settings) -> None:
    settings.CERTIFICATION_REGION_CONCURRENCY = 2
    a_job(models=5)

    assert admission.admit() == 2
    assert admission.admit() == 0


def test_a_regions_own_limit_overrides_the_deployments() -> None:
    region = RegionFactory.create()
    CircuitBreaker.objects.create(region=region, limit=1)
    a_job(models=5, region=region)

    assert admission.admit() == 1


def test_a_pair_keeps_its_slot_until_it_ends(queued: RecordedBroker) -> None:
    region = RegionFactory.create()
    CircuitBreaker.objects.create(region=region, limit=1)
    a_job(models=2, region=region)
    admission.admit()

    claim = claims.claim(queued.pairs[0], WorkerFactory.create())

    assert claim is not None
    assert admission.admit() == 0
    claims.retry_later(claim, seconds=60)
    assert admission.admit() == 1


def test_a_full_region_keeps_no_other_waiting(settings: Settings) -> None:
    settings.CERTIFICATION_REGION_CONCURRENCY = 2
    a_job(models=5)
    other = a_job(models=2)

    admission.admit()

    assert published_by_job()[other.pk] == 2


def test_a_small_job_gets_its_share_of_a_full_region_at_once(settings: Settings) -> None:
    settings.CERTIFICATION_REGION_CONCURRENCY = 6
    region = RegionFactory.create()
    large = a_job(models=20, region=region)
    small = a_job(models=5, region=region)

    admission.admit()

    assert published_by_job() == {large.pk: 3, small.pk: 3}


def test_the_job_with_the_fewest_slots_comes_first(settings: Settings) -> None:
    settings.CERTIFICATION_REGION_CONCURRENCY = 4
    region = RegionFactory.create()
    large = a_job(models=20, region=region)
    admission.admit()
    small = a_job(models=5, region=region)
    assert published_by_job() == {large.pk: 4}
    for pair in JobCertification.objects.filter(status=PairStatus.QUEUED)[:1]:
        JobCertification.objects.filter(pk=pair.pk).update(
            status=PairStatus.PASSED, completed_at=Now()
        )

    admission.admit()

    assert published_by_job() == {large.pk: 3, small.pk: 1}


def test_the_queue_stays_short_whatever_waits(queued: RecordedBroker) -> None:
    WorkerFactory.create(concurrency=20)
    for _region in range(6):
        a_job(models=10)

    admission.admit()

    assert len(queued.pairs) == 40, "twice the concurrency of the workers"


def test_a_pair_that_is_not_due_gets_no_slot() -> None:
    PairFactory.create(due_at=Now() + timedelta(hours=1))

    assert admission.admit() == 0


def test_a_paused_job_leaves_its_slots_to_others(
    settings: Settings, queued: RecordedBroker
) -> None:
    settings.CERTIFICATION_REGION_CONCURRENCY = 2
    region = RegionFactory.create()
    paused, other = a_job(models=2, region=region), a_job(models=2, region=region)
    admission.admit()

    lifecycle.pause(paused.pk)
    admission.admit()

    assert published_by_job() == {other.pk: 2}
    mine = paused.certifications.filter(pk__in=queued.pairs).get()
    lifecycle.resume(paused.pk)
    assert claims.claim(mine.pk, WorkerFactory.create()) is None, "its slot was withdrawn"


def test_an_open_circuit_gets_no_slot_until_its_probe_is_due() -> None:
    region = RegionFactory.create()
    a_job(models=3, region=region)
    CircuitBreaker.objects.create(
        region=region, opened_at=Now(), retry_at=Now() + timedelta(minutes=1), limit=3
    )
    assert admission.admit() == 0

    CircuitBreaker.objects.update(retry_at=Now())

    assert admission.admit() == 1, "a single pair is the probe"
    assert admission.admit() == 0


def test_admission_takes_the_same_queries_whatever_waits(
    settings: Settings,
) -> None:
    """Lock and savepoint aside: queued and running pairs, circuit breakers, live workers, jobs, the
    pairs of each job with free slots, the update."""
    settings.CERTIFICATION_REGION_CONCURRENCY = 500
    a_job(models=3)
    with CaptureQueriesContext(connection) as few:
        admission.admit()
    a_job(models=40)
    with CaptureQueriesContext(connection) as many:
        admission.admit()

    assert len(many) == len(few)
