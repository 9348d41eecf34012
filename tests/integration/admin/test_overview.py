from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from certification import queries
from certification.engine import Category, Verdict
from certification.jobs import opening
from certification.models import CertificationJob, JobCertification
from certification.worker import recording
from models_registry.models import Region
from tests.factories.certification import (
    JobFactory,
    PairFactory,
    StandingFactory,
    WorkerFactory,
    offered,
    result,
    take,
)
from tests.factories.registry import AIModelFactory, RegionFactory
from tests.integration.admin.conftest import queries_of
from tests.integration.admin.html import without_layout

pytestmark = pytest.mark.django_db


def ended(days_ago: float, status: str = "PASSED", **more: Any) -> JobCertification:
    when = timezone.now() - timedelta(days=days_ago)
    job = JobFactory.create(created_at=when)
    pair: JobCertification = PairFactory.create(job=job, status=status, completed_at=when, **more)
    return pair


def stands(record: JobCertification, verdict: str) -> None:
    StandingFactory.create(
        model=record.model,
        region=record.region,
        status=verdict,
        verdict=verdict,
        score=record.score,
        suite_version=record.suite_version,
        certification=record,
        completed_at=record.completed_at,
    )


def shown(client: Client) -> str:
    return without_layout(client.get("/admin/").content)


def test_each_figure_leads_to_the_pairs_that_it_counts(viewer: Client) -> None:
    StandingFactory.create_batch(2, status="FAILED", verdict="FAILED", passed=False)
    StandingFactory.create(status="CERTIFIED", verdict="CERTIFIED", stale_reason="THROTTLED")

    page = shown(viewer)

    assert '?status=FAILED"><span class="card-figure">2<' in page
    assert '?status=STALE"><span class="card-figure">1<' in page
    assert '?status=UNSUPPORTED"><span class="card-figure">0<' in page


@pytest.mark.parametrize("status", ["FAILED", "STALE"])
def test_a_figure_counts_what_the_matrix_behind_it_shows(status: str, viewer: Client) -> None:
    fails = {"verdict": "FAILED", "passed": False, "stale_reason": "THROTTLED"}
    shown_here = StandingFactory.create(**fails)
    StandingFactory.create(model__is_active=False, **fails)
    StandingFactory.create(model__provider__id="other", **fails)
    gone = StandingFactory.create(region__is_active=False, **fails)

    page = shown(viewer)
    matrix = viewer.get(f"/admin/matrix/?status={status}").context

    assert f'?status={status}"><span class="card-figure">1<' in page
    assert matrix["matching"] == 1
    assert f"?regions={shown_here.region_id}" in page
    assert gone.region_id not in page


def test_a_region_s_figures_lead_to_the_pairs_that_they_count(viewer: Client) -> None:
    place = RegionFactory.create()
    for is_active in (True, False):
        StandingFactory.create(
            model__is_active=is_active, region=place, verdict="FAILED", passed=False
        )

    page = shown(viewer).replace("&amp;", "&")

    asked = f"?regions={place.pk}&status=FAILED"
    assert f'<a href="/admin/matrix/{asked}">1</a>' in page
    assert viewer.get(f"/admin/matrix/{asked}").context["matching"] == 1


def test_jobs_are_counted_by_status_and_the_newest_are_shown(viewer: Client) -> None:
    job = JobFactory.create(status="PAUSED", total_models=3)

    page = shown(viewer)

    assert "jobs/?status=PAUSED" in page
    assert f"jobs/{job.pk}/" in page
    assert "0 / 3" in page


def test_workers_alive_and_regions_are_shown(viewer: Client) -> None:
    WorkerFactory.create()
    standing = StandingFactory.create(verdict="CERTIFIED", passed=True, score=90.0)

    page = shown(viewer)

    assert "Workers alive" in page
    assert f"?regions={standing.region_id}" in page
    assert "1 / 1" in page


def test_an_empty_house_says_what_to_do_next(viewer: Client, operator: Client) -> None:
    assert "Nothing has been certified yet." in shown(viewer)
    assert "/admin/certify/" in shown(operator)
    assert "/admin/certify/" not in shown(viewer)


def test_the_weeks_hold_what_ended_in_them() -> None:
    ended(1, latency_ms=101)
    ended(2, latency_ms=298)
    ended(3, "FAILED", latency_ms=203)
    ended(10, "FAILED")
    ended(10, "INCONCLUSIVE")
    ended(70)

    weeks = queries.trends.weekly(timezone.now())

    assert len(weeks) == queries.trends.WEEKS
    assert (weeks[-1].passed, weeks[-1].failed, weeks[-1].latency_ms) == (2, 1, 200)
    assert (weeks[-2].pass_rate, weeks[-2].latency_ms) == (0.0, None)
    assert sum(week.judged for week in weeks) == 4


def test_the_weeks_are_drawn(viewer: Client) -> None:
    ended(1, latency_ms=120)

    page = shown(viewer)

    assert "100%</text>" in page
    assert "120</text>" in page


def test_a_pass_rate_is_a_hundred_only_where_all_passed(viewer: Client) -> None:
    job = JobFactory.create()
    place = RegionFactory.create()
    PairFactory.create_batch(199, **_ended_in(job, place, "PASSED"))
    PairFactory.create(**_ended_in(job, place, "FAILED"))

    page = shown(viewer)

    assert "&gt;99%</text>" in page
    assert "100%</text>" not in page


def _ended_in(job: CertificationJob, place: Region, status: str) -> dict[str, Any]:
    return {"job": job, "region": place, "status": status, "completed_at": timezone.now()}


def test_what_got_worse_is_named_and_leads_to_its_record(viewer: Client) -> None:
    before = ended(9, score=95.0)
    now = ended(1, "FAILED", model=before.model, region=before.region, score=40.0)
    stands(now, "FAILED")

    page = shown(viewer)

    assert f'certifications/{now.pk}/">{before.model.name} · {before.region_id}' in page
    assert "95.0 → 40.0" in page


@pytest.mark.parametrize(
    ("status", "suite", "days", "worse"),
    [
        ("PASSED", "one", 1, True),
        ("PASSED", "two", 1, False),
        ("PASSED", "one", 8, False),
    ],
)
def test_a_warning_is_worse_only_under_the_same_suite_and_only_this_week(
    status: str, suite: str, days: int, worse: bool
) -> None:
    before = ended(20, score=95.0, suite_version="one")
    now = ended(
        days, status, model=before.model, region=before.region, score=50.0, suite_version=suite
    )
    stands(now, "QUALITY_WARNING")

    found = queries.trends.regressions(timezone.now() - timedelta(weeks=1))

    assert bool(found) is worse


def test_what_a_worker_records_is_not_taken_for_the_time_before() -> None:
    models, regions = offered()
    for found in (result(score=95.0), result(Verdict.FAILED, 0.0, Category.ACCESS)):
        JobCertification.objects.update(completed_at=F("completed_at") - timedelta(days=9))
        claim = take(opening.open_for_models(models, regions).job.certifications.get().pk)
        assert claim is not None
        recording.record(claim, found)

    [worse] = queries.trends.regressions(timezone.now() - timedelta(weeks=1))

    assert (worse.verdict, worse.previous_score) == ("FAILED", 95.0)


def test_what_is_blocked_since_then_got_worse() -> None:
    before = ended(9)
    stands(ended(1, "BLOCKED", model=before.model, region=before.region), "BLOCKED")

    [worse] = queries.trends.regressions(timezone.now() - timedelta(weeks=1))

    assert worse.verdict == "BLOCKED"


@pytest.mark.parametrize(("dead_before", "worse"), [([], True), (["tools"], False)])
def test_a_dead_ability_is_worse_only_if_it_was_alive(dead_before: list[str], worse: bool) -> None:
    before = ended(9, score=95.0, dead=dead_before)
    now = ended(1, model=before.model, region=before.region, score=95.0, dead=["tools"])
    stands(now, "QUALITY_WARNING")

    found = queries.trends.regressions(timezone.now() - timedelta(weeks=1))

    assert bool(found) is worse


def test_what_failed_before_did_not_get_worse() -> None:
    before = ended(9, "FAILED")
    stands(ended(1, "FAILED", model=before.model, region=before.region), "FAILED")

    assert not queries.trends.regressions(timezone.now() - timedelta(weeks=1))


def test_the_number_of_queries_does_not_grow(viewer: Client) -> None:
    ended(1)
    few = _queries(viewer)
    for model in AIModelFactory.create_batch(3):
        stands(ended(1, "FAILED", model=model, region=RegionFactory.create()), "FAILED")
        JobFactory.create_batch(2)

    assert _queries(viewer) == few


def _queries(client: Client) -> int:
    return queries_of(lambda: shown(client))
