from __future__ import annotations

import pytest

from certification import queries
from certification.engine import Category, CheckResult, Status, Verdict
from certification.jobs import lifecycle, opening
from certification.models import CertificationJob, Evidence, JobCertification, ModelCertification
from certification.queue import claims
from certification.queue.claims import Claim
from certification.states import JobStatus, PairStatus
from certification.worker import recording
from tests.factories.certification import PairFactory, WorkerFactory, offered, result, take

pytestmark = pytest.mark.django_db


def claimed(pair: JobCertification | None = None) -> Claim:
    claim = take((pair or PairFactory.create()).pk, WorkerFactory.create())
    assert claim is not None
    return claim


def opened(models: int = 1, regions: int = 1) -> CertificationJob:
    return opening.open_for_models(*offered(models, regions)).job


def standing() -> ModelCertification:
    return ModelCertification.objects.get()


def test_the_verdict_the_evidence_and_the_standing_are_written_together() -> None:
    job = opened()
    claim = claimed(job.certifications.get())
    check = CheckResult("answers", "Answers", Status.PASSED, 1.0, 3, True, True, latency_ms=12)

    assert recording.record(claim, result(results=(check,), badge="GOLD", grade="A", rating=4.8))

    pair = job.certifications.get()
    assert (pair.status, pair.passed, pair.score, pair.badge) == ("PASSED", True, 95.0, "GOLD")
    assert (pair.duration_ms, pair.simulated) == (1200, True)
    assert pair.evidence.results[0]["id"] == "answers"
    now = standing()
    assert (now.status, now.verdict, now.score, now.rating) == ("CERTIFIED", "CERTIFIED", 95.0, 4.8)
    assert (now.certification, now.completed_at) == (pair, pair.completed_at)
    assert [test["latencyMs"] for test in now.test_results] == [12]


def test_a_pass_below_the_threshold_is_a_warning() -> None:
    claim = claimed(opened().certifications.get())

    recording.record(claim, result(score=55.0))

    assert (standing().status, standing().passed) == ("QUALITY_WARNING", True)


def test_a_late_result_of_a_reclaimed_attempt_changes_nothing() -> None:
    job = opened()
    late = claimed(job.certifications.get())
    claims.release(late)
    claimed(job.certifications.get())

    assert not recording.record(late, result(Verdict.FAILED, 0.0, Category.ACCESS))

    assert job.certifications.get().status == PairStatus.PROCESSING
    assert standing().verdict == ""
    assert not Evidence.objects.exists()


def test_a_result_that_is_recorded_twice_counts_once() -> None:
    claim = claimed(opened().certifications.get())

    assert recording.record(claim, result(score=95.0))
    assert not recording.record(claim, result(score=10.0))
    assert standing().score == 95.0


def test_a_standing_that_was_deleted_is_made_again() -> None:
    job = opened()
    claim = claimed(job.certifications.get())
    ModelCertification.objects.all().delete()

    recording.record(claim, result())

    assert (standing().status, standing().job) == ("CERTIFIED", job)


def test_standings_deleted_after_their_record_are_made_again_when_the_job_ends() -> None:
    job = opened(models=2)
    check = CheckResult("answers", "Answers", Status.PASSED, 1.0, 3, True, True, latency_ms=12)
    first, second = job.certifications.order_by("model__name")
    recording.record(claimed(first), result(score=91.0, results=(check,)))
    ModelCertification.objects.all().delete()

    recording.record(claimed(second), result(score=92.0))

    again = ModelCertification.objects.get(model=first.model_id)
    assert (again.status, again.score, again.certification) == ("CERTIFIED", 91.0, first)
    assert again.test_results[0]["id"] == "answers"


def test_inconclusive_keeps_the_last_verdict_and_marks_it_stale() -> None:
    job = opened()
    recording.record(claimed(job.certifications.get()), result(score=95.0))
    again = opening.open_for_models(job.model_ids, job.regions).job

    recording.record(
        claimed(again.certifications.get()),
        result(Verdict.INCONCLUSIVE, None, Category.THROTTLED),
    )

    now = standing()
    assert (now.status, now.verdict, now.score) == ("CERTIFIED", "CERTIFIED", 95.0)
    assert now.stale_reason == "THROTTLED"
    assert now.certification == job.certifications.get()


def test_a_pair_never_judged_stands_inconclusive_with_the_reason() -> None:
    claim = claimed(opened().certifications.get())

    recording.record(claim, result(Verdict.INCONCLUSIVE, None, Category.CREDENTIALS))

    assert (standing().status, standing().error_category) == ("INCONCLUSIVE", "CREDENTIALS")


def test_a_conclusive_verdict_ends_the_staleness() -> None:
    models, regions = offered()
    for verdict, score, category in (
        (Verdict.PASSED, 95.0, None),
        (Verdict.INCONCLUSIVE, None, Category.THROTTLED),
        (Verdict.FAILED, 20.0, Category.ACCESS),
    ):
        job = opening.open_for_models(models, regions).job
        recording.record(claimed(job.certifications.get()), result(verdict, score, category))

    now = standing()
    assert (now.status, now.stale_reason, now.error_category) == ("FAILED", "", "ACCESS")


def test_an_older_record_does_not_overwrite_a_newer_standing() -> None:
    job = opened()
    claim = claimed(job.certifications.get())
    ModelCertification.objects.update(
        last_record_at="2999-01-01T00:00:00Z", verdict="CERTIFIED", score=99.0
    )

    recording.record(claim, result(Verdict.FAILED, 0.0, Category.ACCESS))

    assert (standing().verdict, standing().score) == ("CERTIFIED", 99.0)
    assert job.certifications.get().status == PairStatus.FAILED


def test_while_another_job_has_the_pair_open_the_status_follows_it() -> None:
    first = opened()
    claim = claimed(first.certifications.get())
    second = opening.open_for_models(first.model_ids, first.regions).job

    recording.record(claim, result(score=95.0))

    assert (standing().status, standing().verdict, standing().job) == (
        "QUEUED",
        "CERTIFIED",
        second,
    )
    recording.record(claimed(second.certifications.get()), result(score=50.0))
    assert standing().status == "QUALITY_WARNING"


def test_the_last_pair_closes_the_job_with_its_counts_frozen() -> None:
    job = opened(models=4)
    ends = (
        result(),
        result(Verdict.FAILED, 10.0, Category.ACCESS),
        result(Verdict.INCONCLUSIVE, None, Category.THROTTLED),
        result(Verdict.UNSUPPORTED, None, Category.NOT_CERTIFIABLE),
    )
    for pair, end in zip(job.certifications.all(), ends, strict=True):
        assert queries.jobs.get(job.pk).completed_at is None
        recording.record(claimed(pair), end)

    job = queries.jobs.get(job.pk)
    assert (job.status, job.total_models, job.processed_models) == (JobStatus.COMPLETED, 4, 4)
    assert (job.success_count, job.failure_count, job.inconclusive_count) == (1, 2, 1)
    assert (job.unsupported_count, job.cancelled_count) == (1, 0)
    assert queries.jobs.progress(job) == queries.jobs.Progress(
        total=4, passed=1, failed=1, inconclusive=1, unsupported=1
    )


def test_a_job_of_which_nothing_could_be_carried_out_has_failed_and_says_why() -> None:
    job = opened()

    recording.record(
        claimed(job.certifications.get()),
        result(Verdict.INCONCLUSIVE, None, Category.CREDENTIALS),
    )

    job = queries.jobs.get(job.pk)
    assert job.status == JobStatus.FAILED
    assert job.error.startswith("CREDENTIALS: The AWS credentials")


def test_only_one_caller_closes_a_job() -> None:
    job = opened()
    claim = claimed(job.certifications.get())
    JobCertification.objects.filter(pk=claim.pair.pk).update(
        status=PairStatus.PASSED, completed_at="2026-01-01T00:00:00Z"
    )

    assert [lifecycle.finish(job.pk), lifecycle.finish(job.pk)] == [True, False]


def test_a_paused_job_whose_running_pairs_were_its_last_is_completed() -> None:
    job = opened()
    claim = claimed(job.certifications.get())
    lifecycle.pause(job.pk)

    recording.record(claim, result())

    assert queries.jobs.get(job.pk).status == JobStatus.COMPLETED
