from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from axes.models import AccessFailureLog, AccessLog
from django.core.management import CommandError, call_command
from django.db.models.functions import Now
from pytest_django import Settings

from certification import tasks
from certification.jobs import opening, retention
from certification.models import (
    CertificationJob,
    Evidence,
    JobCertification,
    ModelCertification,
)
from certification.worker import recording
from tests.factories.certification import offered, result, take

pytestmark = pytest.mark.django_db


def certified(models: list[str], regions: list[str], days_ago: int) -> JobCertification:
    pair = opening.open_for_models(models, regions).job.certifications.get()
    claim = take(pair.pk)
    assert claim is not None
    recording.record(claim, result())
    then = Now() - timedelta(days=days_ago)
    JobCertification.objects.filter(pk=pair.pk).update(completed_at=then)
    ModelCertification.objects.update(last_record_at=then)
    return pair


def prune(*arguments: str) -> str:
    told = StringIO()
    call_command("prune", *arguments, stdout=told)
    return told.getvalue()


def test_old_details_go_and_their_records_stay() -> None:
    pair = offered()
    old, new = certified(*pair, days_ago=100), certified(*pair, days_ago=1)

    assert "details of 1 certification" in prune("--older-than-days", "90")

    assert Evidence.objects.get().certification == new
    old.refresh_from_db()
    assert (old.status, old.score) == ("PASSED", 95.0)
    assert CertificationJob.objects.count() == 2


def test_the_details_of_a_present_standing_stay_however_old() -> None:
    certified(*offered(), days_ago=1000)

    assert "details of 0 certifications" in prune("--older-than-days", "1")

    assert Evidence.objects.count() == 1


def test_a_dry_run_deletes_nothing() -> None:
    pair = offered()
    certified(*pair, days_ago=100)
    certified(*pair, days_ago=1)

    assert "1 certification has details that old" in prune("--older-than-days", "90", "--dry-run")

    assert Evidence.objects.count() == 2


def test_more_than_a_batch_goes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    pair = offered()
    for _ in range(5):
        certified(*pair, days_ago=100)
    certified(*pair, days_ago=1)

    prune("--older-than-days", "90")

    assert Evidence.objects.count() == 1


def test_without_an_age_nothing_is_deleted(settings: Settings) -> None:
    with pytest.raises(CommandError):
        prune("--older-than-days", "0")


def test_the_schedule_keeps_what_the_deployment_says(settings: Settings) -> None:
    pair = offered()
    certified(*pair, days_ago=100)
    certified(*pair, days_ago=1)

    settings.CERTIFICATION_DETAILS_KEPT_DAYS = 0
    tasks.prune()
    assert Evidence.objects.count() == 2, "0 is for ever"

    settings.CERTIFICATION_DETAILS_KEPT_DAYS = 30
    tasks.prune()
    assert Evidence.objects.count() == 1


@pytest.mark.parametrize("days", ["999999999", "9999999999"])
def test_nothing_is_older_than_the_calendar(days: str) -> None:
    certified(*offered(), days_ago=1000)

    assert "details of 0 certifications" in prune("--older-than-days", days)


def test_old_sign_ins_and_failures_go(settings: Settings) -> None:
    for log in (AccessLog, AccessFailureLog):
        for days in (1, 100, 200):
            row = log.objects.create(username="ana", ip_address="10.0.0.1")
            then = Now() - timedelta(days=days)
            log.objects.filter(pk=row.pk).update(attempt_time=then)

    tasks.prune()
    assert [log.objects.count() for log in (AccessLog, AccessFailureLog)] == [2, 2]

    settings.SIGN_INS_KEPT_DAYS = 30
    prune()
    assert [log.objects.count() for log in (AccessLog, AccessFailureLog)] == [1, 1]

    settings.SIGN_INS_KEPT_DAYS = 0
    AccessLog.objects.update(attempt_time=Now() - timedelta(days=9999))
    tasks.prune()
    assert AccessLog.objects.count() == 1
