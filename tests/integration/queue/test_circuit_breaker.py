"""The circuit of a region that does not answer opens, is probed by one pair, and closes again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from certification.engine import Category, Certification, Verdict
from certification.engine.errors import POLICIES
from certification.errors import LimitOutOfRange, UnknownRegions
from certification.models import CircuitBreaker, JobCertification, ModelCertification, RegionFailure
from certification.queue import admission, circuit_breaker, claims
from certification.states import PairStatus, StandingStatus
from certification.worker import reconciler, run_pair
from models_registry.models import Kind, Region
from tests.factories.certification import (
    JobFactory,
    PairFactory,
    StandingFactory,
    WorkerFactory,
    result,
    take,
)
from tests.factories.registry import AIModelFactory, RegionFactory
from tests.integration.conftest import RecordedBroker
from tests.integration.queue.fake_bedrock import Reranker

pytestmark = pytest.mark.django_db


def failing() -> Reranker:
    return Reranker(always=Category.SERVICE)


@pytest.fixture
def region(settings: Settings) -> Region:
    settings.BREAKER_MODELS = 3
    return RegionFactory.create()


def pairs(region: Region, number: int) -> list[JobCertification]:
    job = JobFactory.create()
    models = [AIModelFactory.create(kind=Kind.RERANK) for _ in range(number)]
    return [PairFactory.create(job=job, model=model, region=region) for model in models]


def carry_out(pair: JobCertification, bedrock: Reranker) -> JobCertification:
    JobCertification.objects.filter(pk=pair.pk, status=PairStatus.PENDING).update(
        status=PairStatus.QUEUED
    )
    run_pair.run(pair.pk, WorkerFactory.create(), transport=bedrock)
    pair.refresh_from_db()
    return pair


def breaker(region: Region) -> CircuitBreaker:
    return CircuitBreaker.objects.get(pk=region.pk)


def opened(region: Region, number: int = 5) -> tuple[list[JobCertification], Reranker]:
    made, bedrock = pairs(region, number), failing()
    for pair in made[:3]:
        carry_out(pair, bedrock)
    assert breaker(region).opened_at is not None
    return made, bedrock


def test_several_models_in_trouble_open_their_regions_circuit(region: Region) -> None:
    made, bedrock = pairs(region, 3), failing()

    carry_out(made[0], bedrock)
    carry_out(made[1], bedrock)
    assert breaker(region).opened_at is None
    carry_out(made[2], bedrock)

    assert breaker(region).opened_at is not None
    assert breaker(region).reason == "SERVICE"


def test_one_broken_model_opens_no_circuit_however_often_it_is_tried(region: Region) -> None:
    [pair], bedrock = pairs(region, 1), failing()

    for _attempt in range(4):
        carry_out(pair, bedrock)

    assert breaker(region).opened_at is None
    assert RegionFailure.objects.count() == 1


def test_a_region_that_answers_in_between_keeps_its_circuit_closed(region: Region) -> None:
    made, bedrock = pairs(region, 5), failing()

    for pair in made:
        carry_out(pair, bedrock)
        circuit_breaker.record_answer(region.pk)

    assert breaker(region).opened_at is None


MODELS_OWN = ("THROTTLED", "TIMEOUT", "DEADLINE")


@pytest.mark.parametrize("category", MODELS_OWN)
def test_models_that_are_throttled_or_slow_open_no_circuit_while_another_answers(
    region: Region, category: str
) -> None:
    made, healthy = pairs(region, 7), Reranker()
    carry_out(made[0], healthy)

    for pair in made[1:]:
        carry_out(pair, Reranker(always=Category(category)))

    assert breaker(region).opened_at is None
    assert carry_out(made[0], healthy).status == PairStatus.PASSED


@pytest.mark.parametrize("category", MODELS_OWN)
def test_they_open_it_if_none_has_answered_for_a_minute(region: Region, category: str) -> None:
    made = pairs(region, 4)
    carry_out(made[0], Reranker())
    ModelCertification.objects.update(completed_at=Now() - timedelta(minutes=2))

    for pair in made[1:]:
        carry_out(pair, Reranker(always=Category(category)))

    assert breaker(region).opened_at is not None
    assert breaker(region).reason == category


def test_they_open_no_circuit_while_a_model_that_may_answer_is_running(region: Region) -> None:
    made, throttled = pairs(region, 5), Reranker(always=Category.THROTTLED)
    running = take(made[0].pk, WorkerFactory.create())
    assert running is not None

    for pair in made[1:4]:
        carry_out(pair, throttled)
    assert breaker(region).opened_at is None

    claims.release(running)
    carry_out(made[4], throttled)
    assert breaker(region).opened_at is not None


def test_trouble_that_no_model_causes_opens_it_although_another_answered(region: Region) -> None:
    made = pairs(region, 4)
    carry_out(made[0], Reranker())

    for pair in made[1:]:
        carry_out(pair, failing())

    assert breaker(region).opened_at is not None


def test_a_probe_that_is_throttled_does_not_lengthen_the_wait(
    region: Region, settings: Settings
) -> None:
    opened(region)
    long_ago = breaker(region).opened_at
    assert long_ago is not None
    long_ago -= timedelta(seconds=settings.BREAKER_OPEN_SECONDS)
    CircuitBreaker.objects.update(opened_at=long_ago, retry_at=Now())
    JobCertification.objects.update(due_at=Now())
    assert admission.admit() == 1

    probe = JobCertification.objects.get(status=PairStatus.QUEUED)
    run_pair.run(probe.pk, WorkerFactory.create(), transport=Reranker(always=Category.THROTTLED))

    probe.refresh_from_db()
    now = breaker(region)
    assert (now.failed_probes, now.reason) == (0, "THROTTLED")
    assert now.retry_at is not None
    assert probe.started_at is not None
    assert now.retry_at > probe.started_at


def test_a_model_that_answered_before_it_was_throttled_is_an_answer(region: Region) -> None:
    made = pairs(region, 4)
    for pair in made[:3]:
        bedrock = Reranker(always=Category.THROTTLED, answers_first=1)
        carry_out(pair, bedrock)

    assert not CircuitBreaker.objects.filter(opened_at__isnull=False).exists()
    assert not RegionFailure.objects.exists()


def test_a_verdict_on_a_model_is_an_answer_of_its_region(region: Region) -> None:
    made, bedrock = pairs(region, 3), failing()
    carry_out(made[0], bedrock)

    bedrock.always = Category.ACCESS
    carry_out(made[1], bedrock)

    assert not RegionFailure.objects.exists()


def test_our_own_credentials_say_nothing_about_a_region(region: Region) -> None:
    made, bedrock = pairs(region, 4), failing()
    carry_out(made[0], bedrock)

    bedrock.always = Category.CREDENTIALS
    for pair in made[1:]:
        carry_out(pair, bedrock)

    assert RegionFailure.objects.count() == 1
    assert breaker(region).opened_at is None


def test_the_attempt_that_finds_its_circuit_open_is_excused(region: Region) -> None:
    made, bedrock = opened(region)

    last = carry_out(made[3], bedrock)

    assert (last.status, last.attempt, last.excused) == (PairStatus.PENDING, 1, 1)


def test_queued_pairs_of_an_opened_circuit_lose_their_slots(
    region: Region, queued: RecordedBroker
) -> None:
    made, bedrock = pairs(region, 5), failing()
    admission.admit()

    for pair in made[:3]:
        run_pair.run(pair.pk, WorkerFactory.create(), transport=bedrock)

    assert made[4].pk in queued.pairs
    assert claims.claim(made[4].pk, WorkerFactory.create()) is None


def test_a_probe_that_fails_doubles_the_wait(region: Region, settings: Settings) -> None:
    _made, bedrock = opened(region)
    first = breaker(region)
    assert first.retry_at is not None
    assert first.opened_at is not None
    assert (first.retry_at - first.opened_at).total_seconds() == settings.BREAKER_OPEN_SECONDS
    long_ago = first.opened_at - timedelta(seconds=settings.BREAKER_OPEN_SECONDS)
    CircuitBreaker.objects.update(opened_at=long_ago, retry_at=Now())
    JobCertification.objects.update(due_at=Now())
    assert admission.admit() == 1

    probe = JobCertification.objects.get(status=PairStatus.QUEUED)
    run_pair.run(probe.pk, WorkerFactory.create(), transport=bedrock)

    probe.refresh_from_db()
    second = breaker(region)
    assert second.failed_probes == 1
    assert second.opened_at == long_ago
    assert second.retry_at is not None
    assert probe.started_at is not None
    wait = (second.retry_at - probe.started_at).total_seconds()
    assert wait >= 2 * settings.BREAKER_OPEN_SECONDS
    assert probe.excused >= 1, "the attempt of a probe is excused"


def test_a_probe_that_succeeds_closes_the_circuit(region: Region) -> None:
    made, bedrock = opened(region)
    bedrock.always = None
    CircuitBreaker.objects.update(retry_at=Now())
    JobCertification.objects.update(due_at=Now())
    admission.admit()

    probe = JobCertification.objects.get(status=PairStatus.QUEUED)
    run_pair.run(probe.pk, WorkerFactory.create(), transport=bedrock)

    assert breaker(region).opened_at is None
    assert admission.admit() == len(made) - 1


def test_another_region_goes_on(region: Region) -> None:
    opened(region)
    other = pairs(RegionFactory.create(), 2)

    assert admission.admit() == len(other)


def test_pairs_that_wait_too_long_for_an_open_circuit_end_inconclusive(
    region: Region, settings: Settings
) -> None:
    settings.REGION_GIVE_UP_AFTER_SECONDS = 60
    made, _bedrock = opened(region)
    standing = StandingFactory.create(
        model=made[4].model, region=region, verdict=StandingStatus.CERTIFIED, score=90.0
    )
    CircuitBreaker.objects.update(opened_at=Now() - timedelta(hours=1))

    reconciler.reconcile()

    ended = made[4]
    ended.refresh_from_db()
    assert (ended.status, ended.error_category) == (PairStatus.INCONCLUSIVE, "CIRCUIT_OPEN")
    standing.refresh_from_db()
    assert (standing.verdict, standing.stale_reason) == (StandingStatus.CERTIFIED, "CIRCUIT_OPEN")
    assert not JobCertification.objects.filter(status=PairStatus.PENDING).exists()


def test_a_pair_that_was_claimed_meanwhile_is_not_given_up(region: Region) -> None:
    [pair] = pairs(region, 1)
    assert take(pair.pk) is not None

    assert claims.claim_to_close(pair.pk) is None


def test_a_person_may_reset_it(region: Region) -> None:
    opened(region)

    assert circuit_breaker.reset(region.pk)

    assert breaker(region).opened_at is None
    assert not RegionFailure.objects.exists()
    assert not circuit_breaker.reset(region.pk), "nothing was left to reset"


def test_resetting_keeps_the_limit(region: Region) -> None:
    circuit_breaker.set_limit(region.pk, 4)
    opened(region)

    circuit_breaker.reset(region.pk)

    assert breaker(region).limit == 4


@pytest.mark.parametrize("pairs_at_a_time", [0, -1, 1_001])
def test_a_limit_out_of_range_is_refused(region: Region, pairs_at_a_time: int) -> None:
    with pytest.raises(LimitOutOfRange):
        circuit_breaker.set_limit(region.pk, pairs_at_a_time)

    assert not CircuitBreaker.objects.exists()


def test_an_unknown_region_has_no_breaker() -> None:
    with pytest.raises(UnknownRegions):
        circuit_breaker.set_limit("xx-nowhere-1", 3)
    with pytest.raises(UnknownRegions):
        circuit_breaker.reset("xx-nowhere-1")


def decided_by(category: Category) -> Certification:
    return result(POLICIES[category].verdict, None, category)


@pytest.mark.parametrize("category", Category)
def test_only_regional_errors_count_against_the_region(category: Category) -> None:
    regional = {
        "THROTTLED",
        "TIMEOUT",
        "SERVICE",
        "STREAM_BROKEN",
        "PROTOCOL",
        "NETWORK",
        "DEADLINE",
    }

    assert (circuit_breaker.regional_trouble(decided_by(category)) is not None) == (
        category in regional
    )


def test_a_pass_is_no_trouble_whatever_its_checks_met() -> None:
    assert circuit_breaker.regional_trouble(result(Verdict.PASSED)) is None


def test_the_standing_of_a_pair_that_waits_is_shown_as_waiting(region: Region) -> None:
    made, _bedrock = opened(region)
    StandingFactory.create(
        model=made[3].model, region=region, job=made[3].job, status=StandingStatus.QUEUED
    )

    carry_out(made[3], failing())

    assert ModelCertification.objects.get().status == StandingStatus.PENDING
