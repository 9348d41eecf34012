"""One pair from claim to record, with the real engine and a scripted transport."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from certification import queries
from certification.engine import BedrockTransport
from certification.engine.errors import CallError, Category
from certification.engine.transport import Json, Reply
from certification.jobs import lifecycle, opening
from certification.models import CertificationJob, JobCertification, Worker
from certification.queue import admission
from certification.states import JobStatus, PairStatus
from certification.worker import run_pair
from models_registry.models import AIModel, Kind, ModelOffer
from tests.factories.certification import StandingFactory, WorkerFactory, offered, take
from tests.factories.registry import RegionFactory
from tests.integration.engine import hostile_server
from tests.integration.queue.fake_bedrock import Reranker

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker() -> Worker:
    return WorkerFactory.create()


def opened() -> CertificationJob:
    models, regions = offered()
    AIModel.objects.update(kind=Kind.RERANK)
    return opening.open_for_models(models, regions).job


def pair_of(job: CertificationJob) -> JobCertification:
    return job.certifications.get()


def carry_out(pair_id: UUID, worker: Worker, **more: Any) -> None:
    """Admits the pair, and carries it out."""
    admission.admit()
    run_pair.run(pair_id, worker, **more)


def throttled(**more: Any) -> CallError:
    return CallError(Category.THROTTLED, "Too many requests", code="ThrottlingException", **more)


def test_a_pair_is_certified_and_recorded(worker: Worker) -> None:
    job, model = opened(), Reranker()

    carry_out(pair_of(job).pk, worker, transport=model)

    pair = pair_of(job)
    assert (pair.status, pair.score, pair.simulated) == (PairStatus.PASSED, 100.0, True)
    assert pair.proved == {"rerank": True}
    assert queries.jobs.get(job.pk).status == JobStatus.COMPLETED


def test_the_model_is_called_as_the_region_offers_it(worker: Worker) -> None:
    job, model = opened(), Reranker()
    ModelOffer.objects.update(inference_types=["US", "GLOBAL"])

    carry_out(pair_of(job).pk, worker, transport=model)

    region, called = model.called[0]
    assert (region, called) == (job.regions[0], f"us.{AIModel.objects.get().api_model_id}")


def test_a_transient_error_makes_the_pair_wait_for_a_retry(worker: Worker) -> None:
    job, model = opened(), Reranker([throttled()])

    carry_out(pair_of(job).pk, worker, transport=model)

    pair = pair_of(job)
    assert (pair.status, pair.attempt) == (PairStatus.PENDING, 1)
    assert take(pair.pk, worker) is None

    JobCertification.objects.update(due_at=Now())
    carry_out(pair.pk, worker, transport=model)
    assert pair_of(job).status == PairStatus.PASSED


def test_it_waits_at_least_as_long_as_the_service_asks(worker: Worker) -> None:
    job, model = opened(), Reranker([throttled(retry_after=600.0)])

    carry_out(pair_of(job).pk, worker, transport=model)

    pair = pair_of(job)
    assert pair.started_at is not None
    assert (pair.due_at - pair.started_at).total_seconds() >= 600


@pytest.mark.parametrize("seconds", [86_400.0, 1e12, 1e300])
def test_it_waits_an_hour_at_most_whatever_the_service_asks(worker: Worker, seconds: float) -> None:
    job, model = opened(), Reranker([throttled(retry_after=seconds)])

    carry_out(pair_of(job).pk, worker, transport=model)

    pair = pair_of(job)
    assert pair.started_at is not None
    assert 3600 <= (pair.due_at - pair.started_at).total_seconds() < 3660


def test_after_the_allowed_retries_throttling_is_inconclusive(
    worker: Worker, settings: Settings
) -> None:
    settings.CERTIFICATION_MAX_RETRIES = 2
    job, model = opened(), Reranker([throttled() for _ in range(3)])

    for _attempt in range(3):
        JobCertification.objects.update(due_at=Now())
        carry_out(pair_of(job).pk, worker, transport=model)

    pair = pair_of(job)
    assert (pair.status, pair.attempt) == (PairStatus.INCONCLUSIVE, 3)
    assert (pair.error_category, pair.error_code) == ("THROTTLED", "ThrottlingException")


def test_a_stream_that_broke_is_tried_once_more_and_no_longer(worker: Worker) -> None:
    # A required check is asked four times in each attempt.
    broken = [CallError(Category.STREAM_BROKEN, "cut") for _ in range(8)]
    job, model = opened(), Reranker(broken)

    for _attempt in range(2):
        JobCertification.objects.update(due_at=Now())
        carry_out(pair_of(job).pk, worker, transport=model)

    assert (pair_of(job).status, pair_of(job).attempt) == (PairStatus.FAILED, 2)


def test_an_error_that_no_retry_helps_is_recorded_at_once(worker: Worker) -> None:
    job = opened()
    model = Reranker([CallError(Category.ACCESS, "no access", code="AccessDeniedException")])

    carry_out(pair_of(job).pk, worker, transport=model)

    pair = pair_of(job)
    assert (pair.status, pair.error_category, pair.passed) == ("BLOCKED", "ACCESS", None)


def test_a_model_that_was_retired_meanwhile_ends_unsupported_without_a_call(
    worker: Worker,
) -> None:
    job, model = opened(), Reranker()
    AIModel.objects.update(is_active=False)

    carry_out(pair_of(job).pk, worker, transport=model)

    assert model.called == []
    pair = pair_of(job)
    assert (pair.status, pair.error_category) == (PairStatus.UNSUPPORTED, "NOT_CERTIFIABLE")


def test_a_worker_that_stops_releases_the_pair(worker: Worker) -> None:
    job, model = opened(), Reranker()

    carry_out(pair_of(job).pk, worker, transport=model, stopping=lambda: True)

    pair = pair_of(job)
    assert (pair.status, pair.attempt, pair.excused) == (PairStatus.PENDING, 1, 1)
    assert model.called == []


def test_a_pair_whose_job_is_cancelled_stops_between_two_checks(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_pair, "CHECK_CLAIM_EVERY", 0.0)
    job = opened()

    class CancelsMeanwhile(Reranker):
        def invoke(self, region: str, model_id: str, body: Json, seconds: float) -> Reply:
            lifecycle.cancel(job.pk)
            return super().invoke(region, model_id, body, seconds)

    carry_out(pair_of(job).pk, worker, transport=CancelsMeanwhile())

    assert pair_of(job).status == PairStatus.CANCELLED
    job = queries.jobs.get(job.pk)
    assert (job.status, job.cancelled_count) == (JobStatus.CANCELLED, 1)
    assert job.completed_at is not None


def test_a_pair_whose_job_is_cancelled_stops_while_its_answer_is_awaited(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_pair, "CHECK_CLAIM_EVERY", 0.0)
    job = opened()

    with hostile_server.serving() as url:
        silent = BedrockTransport(url)

        class CancelsMeanwhile(Reranker):
            def invoke(self, region: str, model_id: str, body: Json, seconds: float) -> Reply:
                lifecycle.cancel(job.pk)
                return silent.invoke(region, "silence", body, seconds)

        began = time.monotonic()
        carry_out(pair_of(job).pk, worker, transport=CancelsMeanwhile())

    assert time.monotonic() - began < 10
    assert pair_of(job).status == PairStatus.CANCELLED


def test_a_bug_of_ours_says_nothing_about_the_model(worker: Worker) -> None:
    job = opened()

    class Broken(Reranker):
        def invoke(self, region: str, model_id: str, body: Json, seconds: float) -> Reply:
            raise ZeroDivisionError("a bug")

    carry_out(pair_of(job).pk, worker, transport=Broken())

    pair = pair_of(job)
    assert (pair.status, pair.error_category) == (PairStatus.INCONCLUSIVE, "INTERNAL")
    assert "ZeroDivisionError" in pair.error_message


@pytest.mark.parametrize("tokens", [-1, 2**31, 10**30])
def test_a_count_of_tokens_that_no_column_takes_does_not_cost_the_verdict(
    worker: Worker, tokens: int
) -> None:
    job = opened()

    class Miscounts(Reranker):
        def invoke(self, region: str, model_id: str, body: Json, seconds: float) -> Reply:
            reply = super().invoke(region, model_id, body, seconds)
            return replace(reply, input_tokens=tokens, output_tokens=tokens)

    carry_out(pair_of(job).pk, worker, transport=Miscounts())

    pair = pair_of(job)
    assert pair.status == PairStatus.PASSED
    assert 0 <= pair.input_tokens < 2**31


def test_a_long_error_is_kept_short(worker: Worker) -> None:
    job, model = opened(), Reranker([CallError(Category.ACCESS, "x" * 5_000_000)])

    carry_out(pair_of(job).pk, worker, transport=model)

    pair = pair_of(job)
    assert pair.error_message.startswith("xxx")
    assert len(pair.error_message) < 10_000
    assert len(str(pair.evidence.results)) < 50_000


class UnknownIn(Reranker):
    """A region that does not know the credentials, beside others that do."""

    tried: list[str]

    def accepts_credentials(self, region: str, seconds: float) -> bool:
        self.tried = [*getattr(self, "tried", ()), region]
        return True

    def availability(self, region: str, model_id: str, seconds: float) -> dict[str, Any]:
        raise AssertionError("credentials that are unknown cannot ask that")


def test_a_region_that_is_not_enabled_blocks_the_pair_and_names_where_the_credentials_are_good(
    worker: Worker,
) -> None:
    job = opened()
    RegionFactory.create()
    answered = StandingFactory.create(region=RegionFactory.create(), latency_ms=200)
    model = UnknownIn([CallError(Category.CREDENTIALS, "invalid", code="InvalidClientTokenId")])

    carry_out(pair_of(job).pk, worker, transport=model)

    pair = pair_of(job)
    assert (pair.status, pair.error_category) == (PairStatus.BLOCKED, "ACCOUNT")
    assert model.tried == [answered.region_id]
    assert f"{answered.region_id} accepts the same credentials" in pair.error_message
