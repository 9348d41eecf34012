"""Jobs without pairs of their own, jobs in flight, rows of the archive that become standings."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from certification import queries
from certification.accounts.roles import Role
from certification.api.serializers.jobs import JobSerializer
from certification.jobs import reopening
from certification.models import CertificationJob, JobCertification, ModelCertification
from tests.factories.certification import someone
from tests.factories.old_database import OldDatabase, old_id

from .old_data import NOVA, START, import_all, minutes

pytestmark = [pytest.mark.django_db, pytest.mark.servers_only, pytest.mark.usefixtures("_registry")]

JOB, MODEL = old_id(2, 0), old_id(1, 0)


@pytest.fixture(autouse=True)
def _models(old: OldDatabase) -> None:
    old.add("ai_providers", [{"id": "p1", "name": "AWS Bedrock", "slug": "aws"}])
    old.add("ai_models", [{"id": MODEL, "name": "N", "apiModelId": NOVA, "providerId": "p1"}])


def add_job(old: OldDatabase, **fields: Any) -> None:
    job = {
        "id": JOB,
        "type": "SINGLE_MODEL",
        "status": "COMPLETED",
        "bullJobId": "17",
        "modelIds": [MODEL],
        "regions": ["us-east-1"],
        "totalModels": 1,
        "processedModels": 1,
        "createdAt": START,
        "startedAt": START,
        "completedAt": minutes(1),
    }
    old.add("certification_jobs", [job | fields])


def add_result(old: OldDatabase, **fields: Any) -> None:
    result = {
        "id": old_id(4, 0),
        "modelId": MODEL,
        "region": "us-east-1",
        "status": "CERTIFIED",
        "passed": True,
        "score": 91.0,
        "jobId": "17",
        "startedAt": START,
        "duration": 3,
        "completedAt": minutes(1),
    }
    old.add("model_certifications", [result | fields])


def pairs() -> list[tuple[str, str]]:
    rows = JobCertification.objects.order_by("region_id")
    return list(rows.values_list("region_id", "status"))


@pytest.mark.parametrize("named", [JOB, "17"], ids=["by its id", "by the queue's number"])
def test_a_single_model_job_has_the_pair_that_its_standing_was_made_by(
    old: OldDatabase, named: str
) -> None:
    add_job(old, duration=3)
    add_result(old, jobId=named)

    first, remarks = import_all(old)
    second, _remarks = import_all(old)

    pair = JobCertification.objects.get()
    assert (str(pair.job_id), pair.status, pair.score) == (JOB, "PASSED", 91.0)
    assert (pair.duration_ms, pair.job.duration_ms) == (3, 3)
    standing = ModelCertification.objects.get()
    assert (str(standing.job_id), standing.certification_id) == (JOB, pair.pk)
    assert first["modelIds × regions"].added == 1
    assert second["modelIds × regions"].same == 1
    assert remarks == []
    assert all(not tally.added and not tally.updated for tally in second.values())


def test_models_times_regions_become_pairs_and_what_is_not_known_is_inconclusive(
    old: OldDatabase,
) -> None:
    add_job(old, regions=["us-east-1", "us-west-2", "mars-1"], totalModels=3, successCount=1)
    add_result(old)

    _tallies, remarks = import_all(old)

    assert pairs() == [("us-east-1", "PASSED"), ("us-west-2", "INCONCLUSIVE")]
    assert ["mars-1" in one.reason for one in remarks] == [True]


@pytest.mark.parametrize(
    ("job", "status"),
    [
        ({"successCount": 1}, "PASSED"),
        ({"failureCount": 1}, "FAILED"),
        ({"status": "FAILED"}, "FAILED"),
        ({"status": "CANCELLED"}, "CANCELLED"),
        ({"status": "PROCESSING", "completedAt": None}, "CANCELLED"),
        ({}, "INCONCLUSIVE"),
    ],
    ids=str,
)
def test_without_a_result_the_job_says_what_its_pair_came_to(
    old: OldDatabase, job: dict[str, Any], status: str
) -> None:
    add_job(old, **job)

    import_all(old)

    assert pairs() == [("us-east-1", status)]


def test_a_job_with_pairs_of_its_own_gets_no_others(old: OldDatabase) -> None:
    add_job(old, regions=["us-east-1", "us-west-2"])
    row = {"id": old_id(3, 0), "jobId": "17", "modelId": MODEL, "region": "us-west-2"}
    old.add("job_certifications", [{**row, "status": "PASSED", "completedAt": START}])

    import_all(old)

    assert pairs() == [("us-west-2", "PASSED")]


def test_a_number_of_the_queue_that_two_jobs_had_leads_to_neither(old: OldDatabase) -> None:
    add_job(old)
    add_job(old, id=old_id(2, 1))
    add_result(old)

    import_all(old)

    assert ModelCertification.objects.get().job_id is None


def test_a_job_in_flight_ends_with_its_last_pair_and_offers_no_retry(
    old: OldDatabase, client: Client
) -> None:
    add_job(
        old,
        type="MULTIPLE_MODELS",
        status="PROCESSING",
        completedAt=None,
        updatedAt=minutes(400_000),
        totalModels=9,
        processedModels=3,
        successCount=1,
        failureCount=2,
    )
    row = {"id": old_id(3, 0), "jobId": JOB, "modelId": MODEL, "region": "us-east-1"}
    old.add("job_certifications", [{**row, "status": "PASSED", "completedAt": minutes(2)}])

    import_all(old)

    job = CertificationJob.objects.get()
    assert (job.status, job.duration_ms) == ("CANCELLED", 120_000)
    assert (job.success_count, job.failure_count, job.cancelled_count) == (1, 2, 6)
    assert job.error
    assert reopening.count_retryable(job) == 0
    client.force_login(someone(Role.OPERATOR))
    page = client.get(reverse("admin:job", args=[job.pk])).content.decode()
    assert reverse("admin:job_retry", args=[job.pk]) not in page


def test_the_api_shows_the_duration_that_the_old_system_wrote(old: OldDatabase) -> None:
    add_job(old, duration=3)

    import_all(old)

    job = CertificationJob.objects.get()
    view = queries.jobs.JobView(job, queries.jobs.progress(job), [])
    assert JobSerializer(view).data["duration"] == 3


def add_archived(old: OldDatabase, **fields: Any) -> None:
    row = {"id": "l1", "modelId": NOVA, "status": "certified", "passed": True, "score": 88.0}
    old.add("model_certifications_legacy", [{**row, "certifiedAt": START, **fields}])


def test_rows_of_the_archive_become_standings_when_asked(old: OldDatabase) -> None:
    add_archived(old)
    add_archived(old, id="l2", certifiedAt=minutes(-9), passed=False, status="failed")

    import_all(old)
    assert not ModelCertification.objects.exists()
    first, _remarks = import_all(old, promote="us-east-1")
    second, _remarks = import_all(old, promote="us-east-1")

    standing = ModelCertification.objects.get()
    assert (standing.region_id, standing.verdict, standing.score) == (
        *("us-east-1", "CERTIFIED", 88.0),
    )
    promoted = "model_certifications_legacy → model_certifications"
    assert (first[promoted].added, second[promoted].added, second[promoted].same) == (1, 0, 1)
    assert second[promoted].updated == 0


def test_a_row_of_the_archive_never_replaces_a_newer_standing(old: OldDatabase) -> None:
    add_archived(old, passed=False, status="failed")
    add_result(old)

    import_all(old, promote="us-east-1")

    assert ModelCertification.objects.get().verdict == "CERTIFIED"


def test_a_row_without_a_region_is_not_promoted_unless_one_is_given(
    old: OldDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    add_archived(old)

    with pytest.raises(SystemExit):
        call_command("import_legacy", "--database-url", old.url, "--promote-legacy")

    assert not ModelCertification.objects.exists()
    assert "--promote-legacy" in capsys.readouterr().out


def test_an_unknown_parameter_of_the_address_is_named(
    old: OldDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"{old.url}&sslidentity=a.p12&options=-c%20statement_timeout%3D9s"

    call_command("import_legacy", "--database-url", url)

    assert "does not know it: sslidentity" in capsys.readouterr().err
