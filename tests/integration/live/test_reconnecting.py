"""A client whose stream was interrupted reconnects with the id of its last event."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from certification.jobs import opening
from certification.live.snapshots import LOOK_BACK
from certification.models import CertificationJob, JobCertification
from certification.worker import recording
from tests.factories.certification import offered, result

from .conftest import Listen
from .streams import Server, wait_until
from .test_changes import claimed, opened, pass_all


def age(job: CertificationJob, seconds: float) -> None:
    """Shifts all times of the job's pairs into the past."""
    past = timedelta(seconds=seconds)
    JobCertification.objects.filter(job=job).update(
        started_at=F("started_at") - past,
        completed_at=F("completed_at") - past,
        due_at=F("due_at") - past,
    )


def test_a_reconnecting_client_gets_the_state_and_the_changes_since(
    listen: Listen, server: Server
) -> None:
    job = opened(models=3)
    early, late, _waiting = job.certifications.all()
    recording.record(claimed(early), result())
    age(job, LOOK_BACK.total_seconds() + 1)
    stream = listen(job)
    stream.wait_for_state()
    assert stream.statuses() == []
    server.disconnect(stream)
    recording.record(claimed(late), result())

    again = listen(job, last_event_id=stream.events[-1].id)

    again.wait_for_state()
    wait_until("the count", lambda: again.of("job")[-1]["processedModels"] == 2)
    assert again.statuses() == [(str(late.pk), "PASSED")]


def test_after_an_interrupted_update_a_reconnecting_client_gets_the_rest(listen: Listen) -> None:
    job = opened(models=4)
    pass_all(job)
    now = timezone.now()
    everyone = {str(pair.pk) for pair in job.certifications.all()}
    for minutes, pair in enumerate(job.certifications.all(), start=10):
        then = now - timedelta(minutes=minutes)
        JobCertification.objects.filter(pk=pair.pk).update(started_at=then, completed_at=then)
    long_ago = str(int((now - timedelta(hours=1)).timestamp() * 1_000_000))
    whole = listen(job, last_event_id=long_ago)
    whole.wait_for_end()
    assert {pair for pair, _ in whole.statuses()} == everyone

    for heard in range(1, len(whole.events)):
        before = whole.events[:heard]
        again = listen(job, last_event_id=before[-1].id)
        again.wait_for_end()
        told = {event.data["id"] for event in before if event.name == "certification"}
        assert told | {pair for pair, _ in again.statuses()} == everyone, f"after {heard} events"


def test_a_client_that_got_the_end_must_not_reconnect(listen: Listen) -> None:
    job = opened()
    pass_all(job)
    stream = listen(job)
    stream.wait_for_end()

    again = listen(job, last_event_id=stream.events[-1].id)

    again.wait_for_end()
    assert (again.status, again.text) == (204, "")


def test_an_id_from_the_future_or_from_elsewhere_gives_the_state(listen: Listen) -> None:
    job = opened()

    for strange in ("9999999999999999", "0", "-1", "42; DROP TABLE", "é"):
        stream = listen(job, last_event_id=strange)
        stream.wait_for_state()
        assert stream.status == 200


def test_streams_to_a_job_of_the_same_models_do_not_mix(listen: Listen) -> None:
    models, regions = offered()
    one, other = (opening.open_for_models(models, regions).job for _ in range(2))
    stream = listen(one)
    stream.wait_for_state()

    pass_all(other)
    pass_all(one)

    stream.wait_for_end()
    assert {pair for pair, _ in stream.statuses()} == {str(one.certifications.get().pk)}
