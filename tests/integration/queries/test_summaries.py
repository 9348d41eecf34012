from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from certification import queries
from certification.models import JobCertification
from tests.factories.certification import PairFactory, StandingFactory
from tests.factories.registry import AIModelFactory, RegionFactory

pytestmark = pytest.mark.django_db


def test_a_summary_counts_all_standings_and_averages_the_judged_ones() -> None:
    model = AIModelFactory.create()
    newest = timezone.now()
    given: list[dict[str, Any]] = [
        {"verdict": "CERTIFIED", "passed": True, "score": 90.0, "latency_ms": 100},
        {"verdict": "FAILED", "passed": False, "score": 50.0, "latency_ms": 300},
        {"verdict": "FAILED", "passed": False, "score": 40.0, "latency_ms": 900},
        {"verdict": "INCONCLUSIVE", "passed": None, "score": 1.0, "latency_ms": 1},
        {"verdict": "", "status": "QUEUED"},
    ]
    for days, fields in enumerate(given):
        completed_at = newest - timedelta(days=days)
        StandingFactory.create(model=model, completed_at=completed_at, stale_reason="", **fields)
    StandingFactory.create(model=model, verdict="FAILED", passed=None, stale_reason="THROTTLED")

    found = queries.summaries.by_axis("models")[str(model.pk)]

    assert found.verdicts == {"CERTIFIED": 1, "FAILED": 3, "INCONCLUSIVE": 1}
    assert (found.stale, found.score, found.latency_ms, found.last) == (1, 60.0, 300, newest)


def test_summaries_are_of_models_or_of_regions_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    standing = StandingFactory.create(verdict="FAILED")
    StandingFactory.create(model=standing.model, verdict="CERTIFIED")

    with django_assert_num_queries(2):
        models, regions = (
            queries.summaries.by_axis("models"),
            queries.summaries.by_axis("regions"),
        )

    assert models[str(standing.model_id)].verdicts == {"FAILED": 1, "CERTIFIED": 1}
    assert regions[standing.region_id].verdicts == {"FAILED": 1}


def test_standings_come_with_model_and_region_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    model = AIModelFactory.create()
    for region in RegionFactory.create_batch(3):
        StandingFactory.create(model=model, region=region)
    StandingFactory.create()

    with django_assert_num_queries(1):
        found = queries.standings.listed(models=[model.pk])
        assert {(one.model.is_certifiable, one.region.display_name[:7]) for one in found} == {
            (True, "US Test")
        }

    assert len(found) == 3


def recorded(first: JobCertification, days: int, score: float | None) -> None:
    PairFactory.create(
        model=first.model,
        region=first.region,
        status="PASSED" if score else "INCONCLUSIVE",
        score=score,
        completed_at=timezone.now() - timedelta(days=days),
    )


def test_histories_hold_the_newest_scores_of_each_region_oldest_first(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    long = PairFactory.create(status="PASSED", score=10.0, completed_at=timezone.now())
    for days in range(1, 6):
        recorded(long, days, 10.0 + days)
    recorded(long, 0, None)
    short = PairFactory.create(
        model=long.model, status="PASSED", score=70.0, completed_at=timezone.now()
    )
    unasked = PairFactory.create(
        model=long.model, status="PASSED", score=1.0, completed_at=timezone.now()
    )
    PairFactory.create(region=long.region, status="PASSED", score=2.0, completed_at=timezone.now())

    with django_assert_num_queries(2):
        found = queries.score_histories.by_region(
            long.model_id, [long.region_id, short.region_id], 3
        )
        scores = {region: [one.score for one in records] for region, records in found.items()}

    assert scores == {long.region_id: [12.0, 11.0, 10.0], short.region_id: [70.0]}
    assert unasked.region_id not in found


def test_the_oldest_record_of_a_history_is_in_it_whatever_the_database_keeps_of_its_time() -> None:
    pair = PairFactory.create(status="PASSED", score=70.0, completed_at=timezone.now())
    # As the database itself writes a time: SQLite in milliseconds.
    JobCertification.objects.update(completed_at=Now())

    found = queries.score_histories.by_region(pair.model_id, [pair.region_id], 1)

    assert [one.pk for one in found[pair.region_id]] == [pair.pk]


def test_without_a_region_there_is_no_history(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    model = AIModelFactory.create()

    with django_assert_num_queries(0):
        assert queries.score_histories.by_region(model.pk, [], 3) == {}
