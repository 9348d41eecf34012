from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from certification import queries
from certification.errors import JobNotFound, JobStateConflict
from certification.jobs import lifecycle, opening
from certification.models import CertificationJob, ModelCertification
from certification.queue import claims
from certification.states import JobStatus, PairStatus, StandingStatus
from certification.worker import recording
from tests.factories.certification import (
    JobFactory,
    StandingFactory,
    WorkerFactory,
    offered,
    result,
    take,
)
from tests.integration.conftest import RecordedBroker

pytestmark = pytest.mark.django_db


def opened(models: int = 1) -> CertificationJob:
    return opening.open_for_models(*offered(models)).job


def test_waiting_pairs_are_cancelled_at_once_and_the_job_ends() -> None:
    job = opened(models=3)

    job = lifecycle.cancel(job.pk)

    assert (job.status, job.cancelled_count) == (JobStatus.CANCELLED, 3)
    assert job.completed_at is not None
    assert set(job.certifications.values_list("status", flat=True)) == {PairStatus.CANCELLED}
    assert set(ModelCertification.objects.values_list("status", flat=True)) == {"CANCELLED"}


def test_a_cancelled_pair_gets_its_last_verdict_back() -> None:
    models, regions = offered()
    job = opening.open_for_models(models, regions).job
    ModelCertification.objects.update(verdict=StandingStatus.FAILED)

    lifecycle.cancel(job.pk)

    assert ModelCertification.objects.get().status == StandingStatus.FAILED


def test_other_standings_are_left_alone() -> None:
    other = StandingFactory.create(status=StandingStatus.QUEUED)

    lifecycle.cancel(opened().pk)

    other.refresh_from_db()
    assert other.status == StandingStatus.QUEUED


def test_a_verdict_shows_after_a_newer_job_and_then_an_older_one_were_cancelled() -> None:
    models, regions = offered()
    first, second, third = (opening.open_for_models(models, regions).job for _ in range(3))
    lifecycle.cancel(third.pk)
    claim = take(first.certifications.get().pk)
    assert claim is not None
    recording.record(claim, result())

    lifecycle.cancel(second.pk)

    assert ModelCertification.objects.get().status == StandingStatus.CERTIFIED


def test_a_running_pair_ends_later_and_then_the_counts_are_frozen() -> None:
    job = opened(models=2)
    claim = take(job.certifications.all()[0].pk, WorkerFactory.create())
    assert claim is not None

    job = lifecycle.cancel(job.pk)

    assert (job.status, job.completed_at) == (JobStatus.CANCELLED, None)
    assert not claims.holds(claim)
    assert recording.cancel(claim)
    job = queries.jobs.get(job.pk)
    assert (job.status, job.cancelled_count) == (JobStatus.CANCELLED, 2)
    assert job.completed_at is not None


def test_a_result_that_was_there_before_the_pair_could_stop_is_kept() -> None:
    job = opened()
    claim = take(job.certifications.get().pk, WorkerFactory.create())
    assert claim is not None
    lifecycle.cancel(job.pk)

    assert recording.record(claim, result())

    job = queries.jobs.get(job.pk)
    assert (job.status, job.success_count, job.cancelled_count) == (JobStatus.CANCELLED, 1, 0)


def test_a_paused_job_is_not_claimed_until_it_is_resumed(queued: RecordedBroker) -> None:
    job = opened()
    pair = job.certifications.get()
    lifecycle.pause(job.pk)
    assert take(pair.pk, WorkerFactory.create()) is None

    job = lifecycle.resume(job.pk)

    assert job.status == JobStatus.QUEUED
    assert queued.jobs == [job.pk, job.pk]
    assert take(pair.pk, WorkerFactory.create()) is not None


def test_a_job_that_had_begun_goes_on_processing() -> None:
    job = opened(models=2)
    take(job.certifications.all()[0].pk, WorkerFactory.create())
    lifecycle.pause(job.pk)

    assert lifecycle.resume(job.pk).status == JobStatus.PROCESSING


REFUSED: dict[str, tuple[JobStatus, Callable[[UUID], object]]] = {
    "cancel a completed one": (JobStatus.COMPLETED, lifecycle.cancel),
    "cancel a cancelled one": (JobStatus.CANCELLED, lifecycle.cancel),
    "pause a completed one": (JobStatus.COMPLETED, lifecycle.pause),
    "pause a paused one": (JobStatus.PAUSED, lifecycle.pause),
    "resume one that runs": (JobStatus.PROCESSING, lifecycle.resume),
    "resume a cancelled one": (JobStatus.CANCELLED, lifecycle.resume),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_state_does_not_allow_is_refused_and_changes_nothing(case: str) -> None:
    status, command = REFUSED[case]
    job = JobFactory.create(status=status)

    with pytest.raises(JobStateConflict) as refused:
        command(job.pk)

    assert refused.value.details["status"] == status
    assert queries.jobs.get(job.pk).status == status


@pytest.mark.parametrize("command", [lifecycle.cancel, lifecycle.pause, lifecycle.resume])
def test_an_unknown_job_is_not_found(command: Callable[[UUID], object]) -> None:
    with pytest.raises(JobNotFound):
        command(uuid4())
