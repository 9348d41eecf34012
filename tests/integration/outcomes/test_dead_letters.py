"""Dead letters: opened for pairs that were given up, resolved by a pass or by a person."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from certification import queries
from certification.accounts.audit import Actor
from certification.engine import Category, Certification, Verdict
from certification.engine.errors import UNLIMITED
from certification.errors import DeadLetterNotFound, NothingToRequeue
from certification.jobs import opening, reopening, requests
from certification.jobs.requests import IdempotencyKey, OpenRequest, Options
from certification.models import CertificationJob, DeadLetter, JobCertification
from certification.outcomes import dead_letters
from certification.queue import admission, claims
from certification.queue.claims import Claim
from certification.states import DeadLetterStatus, Face, JobType, PairStatus
from certification.worker import reconciler, recording, run_pair
from models_registry.models import AIModel
from tests.factories.certification import UserFactory, WorkerFactory, offered, result, take

pytestmark = pytest.mark.django_db

EXHAUSTED = result(Verdict.INCONCLUSIVE, None, Category.THROTTLED, retries=UNLIMITED)


def opened(models: int = 1, request: OpenRequest = requests.OpenRequest()) -> CertificationJob:
    return opening.open_for_models(*offered(models), request).job


def taken(pair: JobCertification) -> Claim:
    claim = take(pair.pk)
    assert claim is not None
    return claim


def end(job: CertificationJob, certification: Certification) -> None:
    for pair in job.certifications.all():
        recording.record(taken(pair), certification)


def a_dead_letter() -> DeadLetter:
    end(opened(), EXHAUSTED)
    return DeadLetter.objects.get()


def test_a_pair_whose_tries_are_used_up_leaves_a_dead_letter() -> None:
    job = opened(request=OpenRequest(options=Options(probe_unoffered=True)))
    JobCertification.objects.update(attempt=3, excused=1)

    end(job, EXHAUSTED)

    dead_letter, pair = DeadLetter.objects.get(), job.certifications.get()
    assert (dead_letter.status, dead_letter.certification) == (DeadLetterStatus.OPEN, pair)
    assert (dead_letter.error_category, dead_letter.error_message) == (
        "THROTTLED",
        "what went wrong",
    )
    assert dead_letter.attempts == 3, "excused attempts do not count"
    assert dead_letter.payload == {
        "jobId": str(job.pk),
        "modelId": str(pair.model_id),
        "apiModelId": pair.model.api_model_id,
        "region": pair.region_id,
        "config": {"probeUnoffered": True},
    }


def test_it_says_when_the_pair_first_failed() -> None:
    pair = opened().certifications.get()
    claims.retry_later(taken(pair), seconds=0)
    first = JobCertification.objects.get().first_error_at
    claims.retry_later(taken(pair), seconds=0)

    recording.record(taken(pair), EXHAUSTED)

    dead_letter = DeadLetter.objects.get()
    assert dead_letter.first_failed_at == first
    assert dead_letter.last_failed_at >= dead_letter.first_failed_at


@pytest.mark.parametrize(
    "certification",
    [
        result(),
        result(Verdict.PASSED, 60.0, retries=UNLIMITED),
        result(Verdict.FAILED, 0.0, Category.ACCESS),
        result(Verdict.UNSUPPORTED, None, Category.NOT_CERTIFIABLE),
        result(Verdict.INCONCLUSIVE, None, Category.CREDENTIALS),
    ],
    ids=["passed", "passed though throttled", "no access", "unsupported", "credentials"],
)
def test_an_error_that_no_retry_can_help_leaves_none(certification: Certification) -> None:
    end(opened(), certification)

    assert not DeadLetter.objects.exists()


def test_a_late_result_leaves_none() -> None:
    claim = taken(opened().certifications.get())
    recording.record(claim, result())

    recording.record(claim, EXHAUSTED)

    assert not DeadLetter.objects.exists()


def test_a_pair_that_killed_its_workers_leaves_one(settings: Settings) -> None:
    settings.CERTIFICATION_MAX_RETRIES = 1
    pair = opened().certifications.get()

    for _attempt in range(2):
        take(pair.pk, WorkerFactory.create(beat_at=Now() - timedelta(minutes=5)))
        reconciler.reconcile()

    assert DeadLetter.objects.get().error_category == "WORKER_LOST"


def test_an_error_of_our_own_leaves_one_with_its_traceback() -> None:
    class Broken:
        endpoint = ""

        def converse(self, *_args: object) -> None:
            raise ZeroDivisionError("a bug")

        converse_stream = invoke = converse

    pair = opened().certifications.get()
    admission.admit()

    run_pair.run(pair.pk, WorkerFactory.create(), transport=Broken())  # type: ignore[arg-type]

    dead_letter = DeadLetter.objects.get()
    assert dead_letter.error_category == "INTERNAL"
    assert "ZeroDivisionError: a bug" in dead_letter.traceback


def test_a_requeued_dead_letter_opens_a_job_of_its_pair_with_the_same_options() -> None:
    job = opened(request=OpenRequest(options=Options(probe_unoffered=True)))
    end(job, EXHAUSTED)
    dead_letter = DeadLetter.objects.get()

    [again] = reopening.requeue([dead_letter.pk])

    dead_letter.refresh_from_db()
    assert (dead_letter.status, dead_letter.requeued_in) == (DeadLetterStatus.REQUEUED, again.job)
    assert (again.job.type, again.job.config) == (JobType.RECERTIFY, {"probeUnoffered": True})
    pair = again.job.certifications.get()
    assert (pair.model, pair.region) == (
        dead_letter.certification.model,
        dead_letter.certification.region,
    )
    assert dead_letter.certification.status == PairStatus.INCONCLUSIVE, "the old record stays"


def test_many_dead_letters_share_a_job() -> None:
    end(opened(models=3), EXHAUSTED)

    jobs = reopening.requeue([dead_letter.pk for dead_letter in DeadLetter.objects.all()])

    assert [opened.job.total_models for opened in jobs] == [3]


def test_a_dead_letter_is_closed_when_its_pair_passes() -> None:
    dead_letter = a_dead_letter()
    [again] = reopening.requeue([dead_letter.pk])

    end(again.job, result())

    dead_letter.refresh_from_db()
    assert dead_letter.status == DeadLetterStatus.CLOSED
    assert dead_letter.closed_at is not None


def test_any_later_pass_of_the_pair_closes_it() -> None:
    dead_letter = a_dead_letter()
    pair = dead_letter.certification

    end(
        opening.open_for_models([str(pair.model_id)], [pair.region_id]).job,
        result(Verdict.PASSED, 71.0),
    )

    dead_letter.refresh_from_db()
    assert dead_letter.status == DeadLetterStatus.CLOSED


def test_a_pass_of_another_pair_leaves_it() -> None:
    dead_letter = a_dead_letter()

    end(opened(), result())

    dead_letter.refresh_from_db()
    assert dead_letter.status == DeadLetterStatus.OPEN


def test_a_pair_that_is_given_up_again_has_one_unresolved_dead_letter() -> None:
    dead_letter = a_dead_letter()
    [again] = reopening.requeue([dead_letter.pk])

    end(again.job, EXHAUSTED)

    dead_letter.refresh_from_db()
    assert dead_letter.status == DeadLetterStatus.SUPERSEDED
    waiting = queries.dead_letters.unanswered().get()
    assert waiting.certification == again.job.certifications.get()


def test_a_conclusive_failure_does_not_close_the_dead_letter() -> None:
    dead_letter = a_dead_letter()
    [again] = reopening.requeue([dead_letter.pk])

    end(again.job, result(Verdict.FAILED, 0.0, Category.ACCESS))

    dead_letter.refresh_from_db()
    assert dead_letter.status == DeadLetterStatus.REQUEUED


def test_a_dismissed_dead_letter_waits_no_longer() -> None:
    dead_letter, person = a_dead_letter(), UserFactory.create()

    assert dead_letters.dismiss([dead_letter.pk], Actor(person, Face.ADMIN)) == 1

    dead_letter.refresh_from_db()
    assert (dead_letter.status, dead_letter.closed_by) == (DeadLetterStatus.DISMISSED, person)
    assert not queries.dead_letters.unanswered().exists()
    assert dead_letters.dismiss([dead_letter.pk]) == 0


def test_a_dismissed_dead_letter_is_not_requeued() -> None:
    dead_letter = a_dead_letter()
    dead_letters.dismiss([dead_letter.pk])

    with pytest.raises(NothingToRequeue):
        reopening.requeue([dead_letter.pk])

    assert CertificationJob.objects.count() == 1


def test_a_dead_letter_in_an_open_job_is_not_requeued_again_until_it_ends() -> None:
    dead_letter = a_dead_letter()
    [first] = reopening.requeue([dead_letter.pk])

    with pytest.raises(NothingToRequeue):
        reopening.requeue([dead_letter.pk])

    end(first.job, result(Verdict.FAILED, 20.0))
    [second] = reopening.requeue([dead_letter.pk])
    assert second.job != first.job


def test_a_request_that_comes_twice_requeues_once_whatever_the_options() -> None:
    request = OpenRequest(
        Actor(UserFactory.create(), Face.API), idempotency_key=IdempotencyKey("key", "fingerprint")
    )
    end(opened(), EXHAUSTED)
    end(opened(request=OpenRequest(options=Options(probe_unoffered=True))), EXHAUSTED)
    waiting = list(queries.dead_letters.unanswered())

    jobs = [
        each.job for each in reopening.requeue([dead_letter.pk for dead_letter in waiting], request)
    ]
    again = [
        each.job for each in reopening.requeue([dead_letter.pk for dead_letter in waiting], request)
    ]

    assert len(jobs) == 2
    assert again == jobs
    for dead_letter in queries.dead_letters.unanswered():
        assert dead_letter.requeued_in is not None
        models = dead_letter.requeued_in.certifications.values_list("model", flat=True)
        assert list(models) == [dead_letter.certification.model_id]


def test_a_model_that_is_no_longer_certifiable_is_not_requeued() -> None:
    dead_letter = a_dead_letter()
    AIModel.objects.update(is_active=False)

    with pytest.raises(NothingToRequeue):
        reopening.requeue([dead_letter.pk])


def test_an_unknown_dead_letter_is_refused_and_nothing_is_done() -> None:
    dead_letter, unknown = a_dead_letter(), uuid4()

    with pytest.raises(DeadLetterNotFound) as refused:
        reopening.requeue([dead_letter.pk, unknown])
    with pytest.raises(DeadLetterNotFound):
        dead_letters.dismiss([dead_letter.pk, unknown])

    assert refused.value.details == {"deadLetterIds": [str(unknown)]}
    dead_letter.refresh_from_db()
    assert dead_letter.status == DeadLetterStatus.OPEN


def test_dead_letters_are_found_by_status_region_category_and_text() -> None:
    dead_letter = a_dead_letter()
    pair = dead_letter.certification

    def found(**by: str) -> int:
        return queries.dead_letters.search(by).count()

    assert found(region=pair.region_id, category="THROTTLED", search=pair.model.name) == 1
    assert found(search="what went WRONG") == 1
    assert found(region="xx-other-1") == found(category="SERVICE") == found(search="zzz") == 0
    assert found(status="DISMISSED") == 0
    assert found(status="") == 1
    assert queries.dead_letters.counts_by_status()["OPEN"] == 1
