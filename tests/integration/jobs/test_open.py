from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from certification import queries
from certification.accounts.audit import Actor
from certification.engine import Category
from certification.errors import (
    CertificationError,
    Duplicates,
    NotCertifiable,
    NothingToCertify,
    UnknownChecks,
    UnknownModels,
    UnknownRegions,
)
from certification.jobs import opening
from certification.jobs.requests import OpenRequest, Options
from certification.models import CertificationJob, JobCertification, ModelCertification
from certification.queue import broker
from certification.states import JobStatus, JobType, PairStatus, StandingStatus
from models_registry.models import UNSUPPORTED_KINDS
from tests.factories.certification import StandingFactory, UserFactory, offered
from tests.factories.registry import (
    AIModelFactory,
    ProviderFactory,
    RegionFactory,
)
from tests.integration.conftest import RecordedBroker

pytestmark = pytest.mark.django_db


def test_it_writes_a_row_for_each_pair_and_publishes_once(queued: RecordedBroker) -> None:
    models, regions = offered(models=3, regions=2)
    user = UserFactory.create()

    opened = opening.open_for_models(models, regions, OpenRequest(Actor(user)))

    job = opened.job
    assert (job.type, job.status, job.total_models) == (
        JobType.MULTIPLE_MODELS,
        JobStatus.QUEUED,
        6,
    )
    assert job.created_by == user
    assert set(job.certifications.values_list("status", flat=True)) == {PairStatus.PENDING}
    assert job.certifications.count() == 6
    assert queued.jobs == [job.pk]


def test_a_model_may_be_named_by_its_uuid() -> None:
    _models, regions = offered()
    uuid = str(AIModelFactory._meta.model.objects.get().pk)

    opened = opening.open_for_models([uuid], regions)

    assert (opened.job.type, opened.job.model_ids) == (JobType.SINGLE_MODEL, [uuid])


@pytest.mark.django_db(transaction=True)
def test_a_job_is_published_only_after_its_rows_are_committed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    models, regions = offered()
    rows_when_published: list[int] = []
    monkeypatch.setattr(
        broker, "publish_job", lambda job: rows_when_published.append(job.certifications.count())
    )

    with transaction.atomic():
        opening.open_for_models(models, regions)
        assert rows_when_published == [], "a worker could not see the rows yet"

    assert rows_when_published == [1]


def test_a_broker_that_is_away_does_not_keep_a_job_from_being_opened(
    queued: RecordedBroker,
) -> None:
    queued.broken = OperationalError("connection refused")
    models, regions = offered()

    opened = opening.open_for_models(models, regions)

    assert opened.job.status == JobStatus.QUEUED
    assert opened.job.certifications.get().status == PairStatus.PENDING


def test_pairs_that_are_not_offered_end_unsupported_at_once() -> None:
    models, regions = offered()
    elsewhere = RegionFactory.create()

    job = opening.open_for_models(models, [*regions, elsewhere.pk]).job

    pair = job.certifications.get(region=elsewhere)
    assert (pair.status, pair.error_category) == (PairStatus.UNSUPPORTED, Category.NOT_OFFERED)
    assert pair.completed_at is not None
    assert elsewhere.pk in pair.error_message
    standing = ModelCertification.objects.get(region=elsewhere)
    assert (standing.status, standing.verdict) == (StandingStatus.UNSUPPORTED,) * 2
    assert standing.certification == pair


def test_a_job_without_any_offered_pair_is_finished_at_once(queued: RecordedBroker) -> None:
    model, region = AIModelFactory.create(), RegionFactory.create()

    opened = opening.open_for_models([model.api_model_id], [region.pk])

    job = queries.jobs.get(opened.job.pk)
    assert opened.status == job.status
    assert (job.status, job.unsupported_count, job.processed_models) == (JobStatus.COMPLETED, 1, 1)
    assert queued.jobs == []


def test_pairs_that_are_not_offered_can_be_probed() -> None:
    model, region = AIModelFactory.create(), RegionFactory.create()

    job = opening.open_for_models(
        [model.api_model_id], [region.pk], OpenRequest(options=Options(probe_unoffered=True))
    ).job

    assert job.certifications.get().status == PairStatus.PENDING
    assert job.config == {"probeUnoffered": True}


def test_standings_follow_the_job_and_keep_their_last_verdict() -> None:
    models, regions = offered(models=2)
    known = AIModelFactory._meta.model.objects.get(api_model_id=models[0])
    StandingFactory.create(
        model=known,
        region_id=regions[0],
        status=StandingStatus.CERTIFIED,
        verdict=StandingStatus.CERTIFIED,
        score=91.0,
    )

    job = opening.open_for_models(models, regions).job

    old = ModelCertification.objects.get(model=known)
    new = ModelCertification.objects.exclude(model=known).get()
    assert (old.status, old.verdict, old.score) == ("QUEUED", "CERTIFIED", 91.0)
    assert (new.status, new.verdict, new.score) == ("QUEUED", "", None)
    assert old.job == new.job == job


def test_a_verdict_of_another_pair_is_not_touched() -> None:
    models, regions = offered(models=2, regions=2)
    other = StandingFactory.create(status=StandingStatus.FAILED, verdict=StandingStatus.FAILED)

    opening.open_for_models(models[:1], regions[:1])

    other.refresh_from_db()
    assert other.status == StandingStatus.FAILED
    assert ModelCertification.objects.count() == 2


def test_all_certifiable_models_with_the_others_skipped_by_name() -> None:
    models, regions = offered(models=2)
    openai = ProviderFactory.create(id="openai", name="OpenAI")
    foreign = AIModelFactory.create(provider=openai, api_model_id="gpt-4-turbo")
    AIModelFactory.create(is_active=False)

    opened = opening.open_for_all(regions)

    assert opened.job.type == JobType.ALL_MODELS
    assert opened.job.total_models == len(models)
    assert [(item.model_id, item.reason) for item in opened.skipped] == [
        (str(foreign.pk), "models of OpenAI cannot be certified, only those of Bedrock")
    ]


@pytest.mark.parametrize("kind", UNSUPPORTED_KINDS)
@pytest.mark.parametrize("probe", [True, False])
def test_a_pair_of_a_kind_without_checks_ends_unsupported_with_the_reason(
    kind: str, probe: bool, queued: RecordedBroker
) -> None:
    models, regions = offered()
    AIModelFactory._meta.model.objects.update(kind=kind)
    request = OpenRequest(options=Options(probe_unoffered=probe))

    by_name = opening.open_for_models(models, regions, request).job
    all_models = opening.open_for_all(regions, request).job

    for job in (by_name, all_models):
        pair = JobCertification.objects.get(job=job)
        assert (pair.status, pair.error_category) == ("UNSUPPORTED", "NOT_CERTIFIABLE")
        assert pair.error_message == (
            f"{models[0]} is of the kind {kind}, for which there are no checks."
        )
    assert ModelCertification.objects.get().verdict == "UNSUPPORTED"
    assert queued.jobs == []


def test_opening_costs_the_same_queries_whatever_the_number_of_pairs(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    models, regions = offered(models=20, regions=10)

    # 1 regions, 1 models, 1 offers, 2 savepoint, 1 job, 2 pairs (in batches of 111 on SQLite),
    # 1 lock, 1 insert and 2 updates of standings, 1 job read back.
    with django_assert_num_queries(13, exact=False):
        opening.open_for_models(models, regions)


BAD: dict[str, tuple[type[CertificationError], Callable[[list[str], list[str]], Any]]] = {
    "no model": (NothingToCertify, lambda m, r: opening.open_for_models([], r)),
    "no region": (NothingToCertify, lambda m, r: opening.open_for_models(m, [])),
    "unknown model": (
        UnknownModels,
        lambda m, r: opening.open_for_models([*m, "nobody.nothing"], r),
    ),
    "unknown region": (UnknownRegions, lambda m, r: opening.open_for_models(m, [*r, "xx-9"])),
    "a model twice": (Duplicates, lambda m, r: opening.open_for_models(m * 2, r)),
    "a region twice": (Duplicates, lambda m, r: opening.open_for_models(m, r * 2)),
    "unknown check": (
        UnknownChecks,
        lambda m, r: opening.open_for_models(
            m, r, OpenRequest(options=Options(checks=("nothing",)))
        ),
    ),
    "all, no region": (NothingToCertify, lambda m, r: opening.open_for_all([])),
    "all, unknown region": (UnknownRegions, lambda m, r: opening.open_for_all(["xx-west-9"])),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_and_nothing_is_written(case: str, queued: RecordedBroker) -> None:
    error, call = BAD[case]
    models, regions = offered()

    with pytest.raises(error):
        call(models, regions)

    assert not CertificationJob.objects.exists()
    assert not JobCertification.objects.exists()
    assert not ModelCertification.objects.exists()
    assert queued.jobs == []


def test_a_model_named_by_both_ids_is_a_duplicate() -> None:
    models, regions = offered()
    uuid = str(AIModelFactory._meta.model.objects.get().pk)

    with pytest.raises(Duplicates) as refused:
        opening.open_for_models([uuid, *models], regions)

    assert refused.value.details == {"models": models}


def test_models_that_cannot_be_certified_are_refused_each_with_its_reason() -> None:
    models, regions = offered()
    groq = ProviderFactory.create(id="groq", name="Groq")
    foreign = AIModelFactory.create(provider=groq)
    off = AIModelFactory.create(is_active=False)

    with pytest.raises(NotCertifiable) as refused:
        opening.open_for_models([*models, foreign.api_model_id, off.api_model_id], regions)

    assert [(item["modelId"], item["reason"]) for item in refused.value.details["models"]] == [
        (str(foreign.pk), "models of Groq cannot be certified, only those of Bedrock"),
        (str(off.pk), "the model is switched off"),
    ]
    assert not CertificationJob.objects.exists()


def test_an_inactive_region_is_unknown() -> None:
    models, _regions = offered()
    closed = RegionFactory.create(is_active=False)

    with pytest.raises(UnknownRegions):
        opening.open_for_models(models, [closed.pk])


def test_progress_of_a_page_of_jobs_is_one_query(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    models, regions = offered(models=2)
    opened = [opening.open_for_models([model], regions).job for model in models]

    with django_assert_num_queries(1):
        progress = queries.jobs.progress_of(opened)

    assert [progress[job.pk].total for job in opened] == [1, 1]
