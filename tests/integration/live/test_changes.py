"""The events of a job while it runs."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from certification.engine import Category, Verdict
from certification.jobs import lifecycle, opening
from certification.models import CertificationJob, JobCertification
from certification.queue import claims
from certification.queue.claims import Claim
from certification.states import PairStatus
from certification.worker import recording
from tests.factories.certification import WorkerFactory, offered, result, take

from .conftest import Listen
from .streams import wait_until


def opened(models: int = 1) -> CertificationJob:
    return opening.open_for_models(*offered(models)).job


def claimed(pair: JobCertification) -> Claim:
    claim = take(pair.pk, WorkerFactory.create())
    assert claim is not None
    return claim


def pass_all(job: CertificationJob) -> None:
    for pair in job.certifications.filter(completed_at=None):
        recording.record(claimed(pair), result(grade="A"))


def test_a_stream_opens_with_the_whole_state(listen: Listen) -> None:
    job = opened(models=3)
    recording.record(claimed(job.certifications.all()[0]), result())

    stream = listen(job)

    stream.wait_for_state()
    assert stream.status == 200
    assert stream.headers["content-type"] == "text/event-stream"
    assert stream.headers["cache-control"] == "no-cache"
    assert stream.headers["x-accel-buffering"] == "no"
    assert stream.text.startswith("retry: 2000\n\n")
    (state,) = stream.of("job")
    assert (state["id"], state["status"]) == (str(job.pk), "PROCESSING")
    assert (state["totalModels"], state["processedModels"], state["successCount"]) == (3, 1, 1)


def test_claims_and_verdicts_are_sent_and_then_the_end(listen: Listen) -> None:
    job = opened(models=2)
    first, second = job.certifications.all()
    stream = listen(job, accept_language="en")
    stream.wait_for_state()

    claim = claimed(first)
    wait_until("the claim", lambda: (str(first.pk), "PROCESSING") in stream.statuses())
    recording.record(claim, result(score=91.5, grade="A"))
    wait_until("the verdict", lambda: (str(first.pk), "PASSED") in stream.statuses())
    recording.record(claimed(second), result(Verdict.FAILED, 10.0, Category.ACCESS))

    stream.wait_for_end()
    (told,) = [data for data in stream.of("certification") if data["status"] == "PASSED"]
    first.refresh_from_db()
    assert told == {
        "id": str(first.pk),
        "modelId": str(first.model_id),
        "modelName": first.model.name,
        "apiModelId": first.model.api_model_id,
        "region": first.region_id,
        "status": "PASSED",
        "statusLabel": "passed",
        "score": 91.5,
        "grade": "A",
        "duration": 1200,
        "errorCategory": None,
        "completedAt": told["completedAt"],
    }
    assert datetime.fromisoformat(told["completedAt"]) == first.completed_at
    (failed,) = [data for data in stream.of("certification") if data["status"] == "FAILED"]
    assert failed["errorCategory"] == "ACCESS"
    assert [event.name for event in stream.events][-1] == "end"
    last = stream.of("job")[-1]
    assert (last["status"], last["successCount"], last["failureCount"]) == ("COMPLETED", 1, 1)
    assert datetime.fromisoformat(last["completedAt"]).tzinfo == UTC
    assert len(stream.statuses()) == len(set(stream.statuses())), "something was told twice"


def test_the_counts_are_sent_when_they_change_and_not_otherwise(listen: Listen) -> None:
    job = opened(models=2)
    stream = listen(job)
    stream.wait_for_state()

    recording.record(claimed(job.certifications.all()[0]), result())
    wait_until("the count", lambda: stream.of("job")[-1]["processedModels"] == 1)
    told = len(stream.events)
    heard = len(stream.text)

    threading.Event().wait(2.5)
    assert (len(stream.events), len(stream.text)) == (told, heard)


def test_a_pair_that_is_to_be_retried_later_is_sent_as_waiting_again(listen: Listen) -> None:
    job = opened()
    pair = job.certifications.get()
    stream = listen(job)
    stream.wait_for_state()
    claim = claimed(pair)
    wait_until("the claim", lambda: stream.statuses() == [(str(pair.pk), "PROCESSING")])
    JobCertification.objects.update(started_at=F("started_at") - timedelta(minutes=1))

    claims.retry_later(claim, seconds=60)

    wait_until("the wait", lambda: stream.statuses()[1:] == [(str(pair.pk), "PENDING")])


def test_a_cancelled_job_sends_every_pair_and_ends(listen: Listen) -> None:
    job = opened(models=3)
    stream = listen(job)
    stream.wait_for_state()

    lifecycle.cancel(job.pk)

    stream.wait_for_end()
    assert {status for _, status in stream.statuses()} == {"CANCELLED"}
    assert len(stream.statuses()) == 3
    assert stream.of("end") == [{"id": str(job.pk), "status": "CANCELLED"}]


def test_a_job_that_had_ended_long_ago_gives_its_state_and_the_end(listen: Listen) -> None:
    job = opened()
    pass_all(job)
    long_ago = "2026-01-01T00:00:00Z"
    JobCertification.objects.update(started_at=long_ago, completed_at=long_ago)

    stream = listen(job)

    stream.wait_for_end()
    assert [event.name for event in stream.events] == ["job", "end"]


def test_a_change_stamped_before_a_look_and_committed_after_it_is_sent(listen: Listen) -> None:
    job = opened()
    pair = job.certifications.get()
    worker = WorkerFactory.create()
    stream = listen(job)
    stream.wait_for_state()
    looked = threading.Event()

    def claim_slowly() -> None:
        try:
            with transaction.atomic():
                assert take(pair.pk, worker)
                looked.wait(60)
        finally:
            connection.close()

    slow = threading.Thread(target=claim_slowly)
    slow.start()
    threading.Event().wait(2.5)
    assert stream.statuses() == []
    looked.set()
    slow.join()

    wait_until("the claim", lambda: (str(pair.pk), PairStatus.PROCESSING) in stream.statuses())


def test_a_change_committed_long_after_its_stamp_is_sent_at_the_end(listen: Listen) -> None:
    job = opened(models=2)
    late, last = job.certifications.all()
    stream = listen(job)
    stream.wait_for_state()
    with transaction.atomic():
        recording.record(claimed(late), result())
        ago = timedelta(minutes=1)
        JobCertification.objects.filter(pk=late.pk).update(
            started_at=F("started_at") - ago, completed_at=F("completed_at") - ago
        )
    wait_until("the count", lambda: stream.of("job")[-1]["processedModels"] == 1)
    assert stream.statuses() == []

    recording.record(claimed(last), result())

    stream.wait_for_end()
    assert set(stream.statuses()) >= {(str(late.pk), "PASSED"), (str(last.pk), "PASSED")}
    assert len(stream.statuses()) == len(set(stream.statuses())), "something was sent twice"


def test_a_deleted_job_ends_its_streams(listen: Listen) -> None:
    job = opened()
    stream = listen(job)
    stream.wait_for_state()

    job.delete()

    stream.wait_for_end()
    assert stream.of("end") == []
