"""Rounds of schedules: each due pair is opened once, and valid standings are left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from certification import queries
from certification.engine import Category, Verdict
from certification.jobs import lifecycle, opening, schedules
from certification.jobs.requests import Opened, OpenRequest
from certification.models import (
    AuditEntry,
    CertificationJob,
    JobCertification,
    ModelCertification,
    Schedule,
)
from certification.states import EXPIRED, Face, JobType
from certification.worker import recording
from models_registry.models import AIModel, Region
from tests.factories.certification import JobFactory, StandingFactory, offered, result, take

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_utc(settings: Settings) -> None:
    settings.TIME_ZONE = "UTC"


def a_schedule(**more: Any) -> Schedule:
    given = {"name": "nightly", "next_round_at": NOON, "every_hours": 1, "valid_days": 30, **more}
    made: Schedule = Schedule.objects.create(**given)
    return made


def certified(days_ago: float, **more: Any) -> ModelCertification:
    """Creates a standing of an offered pair."""
    (model,), (region,) = offered()
    standing: ModelCertification = StandingFactory.create(
        model=AIModel.objects.get(api_model_id=model),
        region=Region.objects.get(pk=region),
        **{
            "status": "CERTIFIED",
            "verdict": "CERTIFIED",
            "completed_at": NOON - timedelta(days=days_ago),
            **more,
        },
    )
    return standing


def opened() -> list[tuple[str, str]]:
    """Returns the pairs of all jobs, oldest job first."""
    return [
        (str(model), region)
        for model, region in JobCertification.objects.order_by(
            "job__created_at", "model__name"
        ).values_list("model", "region")
    ]


def pair_of(standing: ModelCertification) -> tuple[str, str]:
    return (str(standing.model_id), standing.region_id)


def test_standings_past_their_validity_are_opened_and_valid_ones_are_not() -> None:
    a_schedule()
    old, _new = certified(31), certified(29)

    (job,) = schedules.open_due(NOON)

    assert opened() == [pair_of(old)]
    assert job.type == JobType.RECERTIFY
    assert job.schedule is not None
    assert job.schedule.name == "nightly"


def test_what_is_stale_or_was_never_certified_is_due_too() -> None:
    a_schedule()
    stale = certified(1, stale_reason="THROTTLED")
    (new,), (region,) = offered()

    schedules.open_due(NOON)

    new_id = str(AIModel.objects.get(api_model_id=new).pk)
    assert set(opened()) == {pair_of(stale), (new_id, region)}


def test_a_standing_past_its_validity_is_stale_everywhere() -> None:
    a_schedule(pairs_a_day=1)
    certified(40)
    later = certified(31)

    schedules.open_due(NOON)

    later.refresh_from_db()
    assert later.stale_reason == EXPIRED
    assert later.verdict == "CERTIFIED", "the verdict stays readable"
    assert queries.statistics.collect().stale == 2


def test_it_is_stale_also_outside_the_schedules_hours() -> None:
    a_schedule(from_hour=22, to_hour=6)
    standing = certified(31)

    schedules.open_due(NOON)

    standing.refresh_from_db()
    assert standing.stale_reason == EXPIRED


@pytest.mark.parametrize("change", ["longer", "off", "deleted"])
def test_a_standing_that_is_valid_again_is_not_stale_and_not_opened(change: str) -> None:
    schedule = a_schedule(valid_days=3, from_hour=22, to_hour=6)
    standing, other = certified(10), certified(5, stale_reason="THROTTLED")
    schedules.open_due(NOON)
    if change == "deleted":
        schedule.delete()
    else:
        changes = {"valid_days": 30} if change == "longer" else {"is_active": False}
        Schedule.objects.update(**changes)
    night = a_schedule(name="long", valid_days=300, next_round_at=NOON.replace(hour=23))

    (job,) = schedules.open_due(night.next_round_at)

    standing.refresh_from_db()
    assert standing.stale_reason == ""
    assert opened() == [pair_of(other)], "the other is stale for another reason"
    assert job.schedule == night


def test_a_new_verdict_is_fresh_again() -> None:
    a_schedule()
    standing = certified(40)
    (job,) = schedules.open_due(NOON)
    claim = take(job.certifications.get().pk)
    assert claim is not None

    recording.record(claim, result())

    standing.refresh_from_db()
    assert standing.stale_reason == ""


def test_a_pair_in_an_open_job_is_left() -> None:
    a_schedule()
    standing = certified(40)
    opening.open_for_models([str(standing.model_id)], [standing.region_id])

    assert schedules.open_due(NOON) == []


def test_a_pair_that_is_not_offered_is_never_opened() -> None:
    a_schedule()
    standing = certified(40)
    standing.model.offers.all().delete()

    assert schedules.open_due(NOON) == []


def test_vendors_abilities_models_and_regions_narrow_it() -> None:
    first, second, third = [certified(40) for _ in range(3)]
    AIModel.objects.update(vendor="Cohere", capabilities={})
    AIModel.objects.filter(pk=first.model_id).update(vendor="Amazon", capabilities={"tools": True})
    AIModel.objects.filter(pk=second.model_id).update(vendor="Meta", capabilities={"tools": True})
    by_vendor = a_schedule(name="vendor", vendors=["Amazon"])
    by_ability = a_schedule(name="ability", capability="tools")
    by_model = a_schedule(name="model")
    by_model.chosen_models.add(third.model)
    by_region = a_schedule(name="region")
    by_region.chosen_regions.add(second.region)

    def due(of: Schedule) -> set[tuple[str, str]]:
        return {(str(model), region) for model, region in queries.schedules.coverage(of, NOON).due}

    assert due(by_vendor) == {pair_of(first)}
    assert due(by_ability) == {pair_of(first), pair_of(second)}
    assert due(by_model) == {pair_of(third)}
    assert due(by_region) == {pair_of(second)}


def test_a_round_comes_once_and_the_next_one_when_it_is_due() -> None:
    schedule = a_schedule(every_hours=6)
    certified(40)
    assert len(schedules.open_due(NOON)) == 1

    assert schedules.open_due(NOON + timedelta(minutes=1)) == []

    schedule.refresh_from_db()
    assert schedule.next_round_at == NOON + timedelta(hours=6)
    certified(40)
    assert len(schedules.open_due(NOON + timedelta(hours=6))) == 1


def test_rounds_that_were_missed_are_not_made_up_for() -> None:
    schedule = a_schedule(every_hours=6)
    certified(40)

    assert len(schedules.open_due(NOON + timedelta(hours=15))) == 1

    schedule.refresh_from_db()
    assert schedule.next_round_at == NOON + timedelta(hours=18)


def test_a_schedule_that_is_off_opens_nothing() -> None:
    a_schedule(is_active=False)
    certified(40)

    assert schedules.open_due(NOON) == []


@pytest.mark.parametrize(
    ("from_hour", "to_hour", "is_open"),
    [(0, 0, True), (12, 13, True), (22, 6, False), (13, 12, False), (10, 12, False), (6, 22, True)],
)
def test_it_keeps_to_its_hours(from_hour: int, to_hour: int, is_open: bool) -> None:
    a_schedule(from_hour=from_hour, to_hour=to_hour)
    certified(40)

    assert bool(schedules.open_due(NOON)) is is_open


def test_the_next_round_falls_within_the_hours_whatever_the_moment_of_making() -> None:
    schedule = a_schedule(every_hours=24, from_hour=22, to_hour=6)
    certified(40)

    assert schedules.open_due(NOON) == []

    schedule.refresh_from_db()
    assert schedule.next_round_at == NOON.replace(hour=22)
    assert len(schedules.open_due(NOON.replace(hour=22))) == 1


def test_a_daily_round_comes_every_night_whatever_summer_time_does(settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Lisbon"
    first = datetime(2026, 3, 25, 1, 30, tzinfo=UTC)
    a_schedule(every_hours=24, from_hour=1, to_hour=2, next_round_at=first)
    nights = []

    for day in range(8):
        ModelCertification.objects.all().delete()
        certified(400)
        night = first.replace(hour=0, minute=0) + timedelta(days=day)
        found = [schedules.open_due(night + timedelta(minutes=30 * n)) for n in range(8)]
        nights.append(sum(map(len, found)))

    # On the 29th, clocks go from 1:00 to 2:00: there is no such hour, and the next makes up for it.
    assert nights == [1] * 8


def test_a_schedule_that_fails_does_not_block_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    a_schedule(name="breaks")
    a_schedule(name="holds")
    certified(40)
    really = opening.open_pairs

    def open_pairs(pairs: Any, by: OpenRequest) -> Opened:
        assert by.schedule
        if by.schedule.name == "breaks":
            raise RuntimeError
        return really(pairs, by)

    monkeypatch.setattr(opening, "open_pairs", open_pairs)

    assert len(schedules.open_due(NOON)) == 1
    # The failed round is tried again.
    assert Schedule.objects.get(name="breaks").next_round_at == NOON


def test_hours_are_those_of_the_deployment(settings: Settings) -> None:
    settings.TIME_ZONE = "America/Sao_Paulo"
    a_schedule(from_hour=9, to_hour=10)
    certified(40)

    assert len(schedules.open_due(NOON)) == 1


def test_the_days_limit_holds_and_is_spread_over_its_rounds() -> None:
    a_schedule(pairs_a_day=8, every_hours=6)
    for _ in range(20):
        certified(40)
    midnight = NOON.replace(hour=0)
    Schedule.objects.update(next_round_at=midnight)
    rounds = []

    for hour in range(0, 24, 6):
        rounds.append(
            [job.total_models for job in schedules.open_due(midnight + timedelta(hours=hour))]
        )
        CertificationJob.objects.filter(completed_at=None).update(
            created_at=midnight + timedelta(hours=hour)
        )

    assert rounds == [[2], [2], [2], [2]]


def test_the_oldest_come_first() -> None:
    a_schedule(pairs_a_day=24)
    _newer, oldest = certified(40), certified(90)

    schedules.open_due(NOON)

    assert opened() == [pair_of(oldest)]


def test_inconclusive_pairs_do_not_fill_every_round() -> None:
    a_schedule(pairs_a_day=24)
    broken, *others = certified(90), certified(40), certified(41)

    for hour in range(3):
        (job,) = schedules.open_due(NOON + timedelta(hours=hour))
        pair = job.certifications.get()
        claim = take(pair.pk)
        assert claim is not None
        throttled = result(Verdict.INCONCLUSIVE, None, Category.THROTTLED)
        is_broken = (str(pair.model_id), pair.region_id) == pair_of(broken)
        recording.record(claim, throttled if is_broken else result())

    assert set(opened()) == {pair_of(standing) for standing in (broken, *others)}


def test_two_schedules_do_not_open_a_pair_twice() -> None:
    a_schedule(name="one")
    a_schedule(name="two")
    certified(40)

    jobs_opened = schedules.open_due(NOON)

    assert [job.total_models for job in jobs_opened] == [1]


def test_a_round_is_in_the_audit_log() -> None:
    a_schedule()
    certified(40)

    schedules.open_due(NOON)

    entry = AuditEntry.objects.get()
    assert (entry.face, entry.details["schedule"]) == (Face.SCHEDULE, "nightly")


def test_a_deleted_schedule_leaves_its_jobs() -> None:
    schedule = a_schedule()
    certified(40)
    (job,) = schedules.open_due(NOON)

    schedule.delete()

    assert queries.jobs.get(job.pk).schedule is None
    lifecycle.cancel(job.pk)


def test_jobs_of_other_openers_do_not_count_for_the_days_limit() -> None:
    a_schedule(pairs_a_day=24)
    JobFactory.create(total_models=100, created_at=NOON)
    certified(40)

    assert len(schedules.open_due(NOON)) == 1
