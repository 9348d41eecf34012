"""The import of the old system's database, from a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client

from certification import legacy, queries
from certification.accounts.audit import COMMAND_LINE
from certification.accounts.roles import Role
from certification.jobs import opening
from certification.legacy import Tally, importing
from certification.legacy.importing import PAIRLESS
from certification.models import (
    AuditEntry,
    CertificationJob,
    JobCertification,
    ModelCertification,
    ModelCertificationLegacy,
)
from certification.worker import recording
from models_registry.models import AIModel, ModelOffer, Region
from models_registry.parse import CATALOGUE, read_catalogue
from models_registry.sync import load_catalogue
from tests.factories.certification import offered, result, someone, take
from tests.factories.old_database import TABLES, OldDatabase, old_id
from tests.factories.registry import AIModelFactory, RegionFactory
from tests.integration.admin.conftest import signed_in

from .old_data import (
    NOVA,
    ODD,
    START,
    fill,
    import_all,
    matched,
    minutes,
    ours,
)

pytestmark = [pytest.mark.django_db, pytest.mark.servers_only]


@pytest.mark.usefixtures("_registry")
def test_five_thousand_rows_come_over_whole_and_twice_without_doubling(old: OldDatabase) -> None:
    fill(old)
    catalogue = AIModel.objects.count()

    tallies, remarks = import_all(old)

    made = {"job_certifications": tallies.pop(PAIRLESS).added}
    assert sum(tally.read for tally in tallies.values()) == 5000
    for tally in tallies.values():
        outcomes = tally.added + tally.updated + tally.same + tally.newer + tally.refused
        assert (tally.read, outcomes) == (old.count(tally.table), tally.read), tally
    assert matched(remarks) == ODD
    assert len(remarks) == len(ODD), "nothing else is odd"
    there = ours()
    assert there["ai_models"] == catalogue + 1, "all but one are the catalogue's"
    for table in TABLES[1:]:
        refused = sum(one.table == table and not one.taken for one in remarks)
        assert there[table] == old.count(table) - refused + made.get(table, 0), table

    again, remarks_again = import_all(old)

    assert ours() == there
    assert sorted(map(str, remarks_again)) == sorted(map(str, remarks))
    for tally in again.values():
        assert (tally.added, tally.updated, tally.newer) == (0, 0, 0), tally
        assert tally.same == tally.read - tally.refused


@pytest.mark.usefixtures("_registry")
def test_ids_times_and_verdicts_are_those_of_the_old_system(old: OldDatabase) -> None:
    someone(Role.OPERATOR).__class__.objects.update(email="leo@leo.com")
    fill(old, 1500)

    import_all(old)

    nova = AIModel.objects.get(api_model_id=NOVA)
    assert nova.pk == UUID(old_id(1, 0)), "nothing of ours referred to it yet"
    assert nova.is_active
    assert ModelOffer.objects.filter(model=nova).exists()
    job = CertificationJob.objects.get(pk=old_id(2, 3))
    assert job.created_at == minutes(3).replace(tzinfo=UTC)
    assert job.completed_at == minutes(4).replace(tzinfo=UTC)
    assert (job.status, queries.jobs.progress(job).passed, job.total_models) == ("COMPLETED", 8, 10)
    assert job.created_by is not None
    pair = JobCertification.objects.get(pk=old_id(3, 11))
    assert (pair.job_id, pair.status, pair.score) == (UUID(old_id(2, 1)), "PASSED", 85.0)
    standing = ModelCertification.objects.get(pk=old_id(4, 0))
    assert (standing.model_id, standing.verdict, standing.grade) == (nova.pk, "CERTIFIED", "B")
    assert standing.test_results[0]["title"] == "Basic prompt"
    kept = ModelCertificationLegacy.objects.get(old_id="old-5")
    assert kept.row["failureReasons"] == {"deep": ["é", 5]}
    assert kept.model is not None
    unknown = AIModel.objects.get(api_model_id="elsewhere/unknown-7b")
    assert (unknown.lifecycle, unknown.is_active) == ("RETIRED", False)
    assert not unknown.provider.is_certifiable
    assert not load_catalogue(read_catalogue(CATALOGUE)).has_changes, "they do not fight"


@pytest.mark.usefixtures("_registry")
def test_a_standing_leads_to_the_record_that_came_to_the_same(old: OldDatabase) -> None:
    fill(old, 1500)

    import_all(old)

    standing = ModelCertification.objects.get(model__api_model_id=NOVA, region="ap-south-1")
    assert standing.certification is None, "no job of the old system certified it there"
    led = ModelCertification.objects.exclude(certification=None).select_related("certification")
    assert led.count() > 0
    for row in led:
        assert row.certification is not None
        assert (row.certification.model_id, row.certification.region_id) == (
            row.model_id,
            row.region_id,
        )
        assert row.certification.passed == row.passed


@pytest.mark.usefixtures("_registry")
def test_nothing_that_was_not_over_goes_on_here(old: OldDatabase) -> None:
    fill(old, 1500)

    import_all(old)

    job = CertificationJob.objects.get(pk=old_id(2, 7))
    assert job.status == "CANCELLED"
    assert set(job.certifications.values_list("status", flat=True)) == {"CANCELLED"}
    assert not queries.workers.backlog().total


@pytest.mark.usefixtures("_registry")
@pytest.mark.parametrize("batch", [1, 500])
def test_a_dry_run_says_the_same_and_writes_nothing(
    old: OldDatabase, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", batch)
    fill(old, 1000)
    before = ours()

    dry, dry_remarks = import_all(old, dry_run=True)

    assert ours() == before
    assert not AuditEntry.objects.exists()
    real, remarks = import_all(old)
    assert dry == real
    assert dry_remarks == remarks


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_import_goes_on_where_it_was(
    old: OldDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_catalogue(read_catalogue(CATALOGUE))
    fill(old, 3000)
    monkeypatch.setattr(importing, "BATCH", 100)

    def interrupt(tally: Tally) -> None:
        if tally.table == "job_certifications" and tally.read >= 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), legacy.open_source(old.url) as source:
        legacy.import_all(source, COMMAND_LINE, on_remark=lambda _: None, on_progress=interrupt)
    assert 400 <= JobCertification.objects.count() <= 500, "whole batches are kept"
    assert not ModelCertification.objects.exists()
    kept = set(JobCertification.objects.values_list("pk", flat=True))

    tallies, remarks = import_all(old)

    assert matched(remarks) == ODD
    assert tallies["job_certifications"].same == len(kept)
    taken = old.count("job_certifications") - 7
    assert JobCertification.objects.count() == taken + tallies[PAIRLESS].added


def test_what_is_newer_here_stays_and_what_is_newer_there_comes(old: OldDatabase) -> None:
    pair = opening.open_for_models(*offered()).job.certifications.get()
    claim = take(pair.pk)
    assert claim is not None
    recording.record(claim, result(score=95.0))
    model, region = AIModel.objects.get(), Region.objects.get()
    old.add("ai_providers", [{"id": "p1", "name": "AWS", "slug": "bedrock"}])
    old.add(
        "ai_models",
        [{"id": old_id(1, 0), "name": "?", "apiModelId": model.api_model_id, "providerId": "p1"}],
    )
    row = {
        "id": old_id(4, 0),
        "modelId": old_id(1, 0),
        "region": region.pk,
        "status": "FAILED",
        "passed": False,
        "completedAt": START,
    }
    old.add("model_certifications", [row])

    tallies, _remarks = import_all(old)
    standing = ModelCertification.objects.get()
    assert tallies["model_certifications"].newer == 1
    assert (standing.verdict, standing.score) == ("CERTIFIED", 95.0)
    assert AIModel.objects.get() == model, "it has a history here, so it keeps its id"

    later = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    old.change("model_certifications", old_id(4, 0), completedAt=later)
    tallies, _remarks = import_all(old)
    renewed = ModelCertification.objects.get()
    assert tallies["model_certifications"].updated == 1
    assert (renewed.pk, renewed.verdict, renewed.certification) == (standing.pk, "FAILED", None)


def test_a_job_that_has_ended_there_since_is_brought_up_to_date(old: OldDatabase) -> None:
    job = {"id": old_id(2, 0), "type": "SINGLE_MODEL", "createdAt": START, "updatedAt": START}
    old.add("certification_jobs", [{**job, "status": "PROCESSING"}])
    import_all(old)
    assert CertificationJob.objects.get().status == "CANCELLED"

    old.change("certification_jobs", old_id(2, 0), status="COMPLETED", completedAt=minutes(5))
    tallies, _remarks = import_all(old)

    assert tallies["certification_jobs"].updated == 1
    assert CertificationJob.objects.get().status == "COMPLETED"


def add_one_pair(old: OldDatabase, **fields: Any) -> None:
    old.add("ai_providers", [{"id": "p1", "name": "AWS Bedrock", "slug": "aws"}])
    old.add(
        "ai_models", [{"id": old_id(1, 0), "name": "Nova", "apiModelId": NOVA, "providerId": "p1"}]
    )
    job = {"id": old_id(2, 0), "type": "SINGLE_MODEL", "status": "COMPLETED", "createdAt": START}
    old.add("certification_jobs", [job])
    given = {"id": old_id(3, 0), "jobId": old_id(2, 0), "modelId": old_id(1, 0)}
    rest = {"region": "us-east-1", "status": "PASSED", "createdAt": START}
    old.add("job_certifications", [given | rest | fields])


@pytest.mark.usefixtures("_registry")
@pytest.mark.parametrize("beyond", ["9999-12-31T23:59:59", "0001-01-01T00:00:00"])
def test_a_time_at_the_end_of_the_calendar_is_left_out(old: OldDatabase, beyond: str) -> None:
    add_one_pair(old, startedAt=beyond, completedAt=None, duration=5000)

    _tallies, remarks = import_all(old)

    assert [(one.taken, one.reason) for one in remarks] == [
        (True, f"startedAt is left out: {beyond}")
    ]
    pair = JobCertification.objects.get()
    assert pair.completed_at == START.replace(tzinfo=UTC)
    assert signed_in(Role.VIEWER).get(f"/admin/certifications/{pair.pk}/").status_code == 200


@pytest.mark.usefixtures("_registry")
def test_half_a_character_is_shown_as_a_question_mark(old: OldDatabase) -> None:
    old.connection.execute('ALTER TABLE "job_certifications" ALTER "details" TYPE TEXT')
    add_one_pair(old, status="FAILED", completedAt=START, details={"error": "half \ud800"})

    import_all(old)

    assert JobCertification.objects.get().error_message == "half ?"


@pytest.mark.usefixtures("_registry")
def test_a_pass_without_a_score_is_no_warning(old: OldDatabase) -> None:
    add_one_pair(old, completedAt=START)

    import_all(old)

    pair = JobCertification.objects.get()
    assert pair.score is None
    page = signed_in(Role.VIEWER).get(f"/admin/certifications/{pair.pk}/").content.decode()
    assert "QUALITY_WARNING" not in page


def test_a_row_that_the_database_refuses_does_not_keep_the_others_away(old: OldDatabase) -> None:
    """The old duration is an integer so large that the end is beyond the last possible date."""
    RegionFactory.create(id="us-east-1")
    made = AIModelFactory.create()
    old.connection.execute('ALTER TABLE "model_certifications_legacy" ADD "note" JSON')
    old.add(
        "model_certifications_legacy",
        [{"id": "a", "note": '{"x": "\\u0000"}'}, {"id": "b"}, {"id": "c"}],
    )

    tallies, remarks = import_all(old)

    assert tallies["model_certifications_legacy"].added == 2
    assert [(one.old_id, one.taken) for one in remarks] == [("a", False)]
    assert "The database refuses it" in remarks[0].reason
    assert AIModel.objects.get() == made


# --- The command -------------------------------------------------------------------------------


# --- After the import --------------------------------------------------------------------------


def test_a_viewer_reads_the_old_rows_and_no_role_changes_them(old: OldDatabase) -> None:
    old.add("model_certifications_legacy", [{"id": "x1", "modelId": "old.model", "score": 77}])
    import_all(old)
    kept = ModelCertificationLegacy.objects.get()
    address = "/admin/certification/modelcertificationlegacy/"
    viewer: Client = signed_in(Role.VIEWER)
    administrator: Client = signed_in(Role.ADMINISTRATOR)

    assert "old.model" in viewer.get(address).content.decode()
    assert viewer.get(f"{address}{kept.pk}/change/").status_code == 200
    assert administrator.post(f"{address}{kept.pk}/delete/", {"post": "yes"}).status_code == 403
    assert administrator.get(f"{address}add/").status_code == 403
    assert Permission.objects.filter(codename="view_modelcertificationlegacy").exists()


@pytest.mark.usefixtures("_registry")
def test_what_came_over_shows_on_the_screens_and_in_the_api(old: OldDatabase) -> None:
    fill(old, 1500)
    import_all(old)
    viewer: Client = signed_in(Role.VIEWER)
    pair = JobCertification.objects.filter(status="FAILED").first()
    assert pair is not None

    for address in (
        "/admin/",
        "/admin/matrix/",
        "/admin/jobs/",
        f"/admin/jobs/{pair.job_id}/",
        f"/admin/certifications/{pair.pk}/",
        f"/admin/models/{pair.model_id}/",
        f"/admin/compare/?models={pair.model_id}",
    ):
        assert viewer.get(address).status_code in (200, 404), address
    assert viewer.get(f"/admin/certifications/{pair.pk}/").status_code == 200
    assert connection.vendor == "postgresql"
