"""The import of the old system's database, from a real PostgreSQL."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from certification import legacy, queries
from certification.accounts.audit import COMMAND_LINE
from certification.accounts.roles import Role
from certification.jobs import opening
from certification.legacy import Remark, Tally, importing
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
from tests.factories.old_database import TABLES, OldDatabase, old_database, old_id
from tests.factories.registry import AIModelFactory, RegionFactory
from tests.integration.admin.conftest import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.servers_only]
START = datetime(2026, 2, 2, 12, 0)  # noqa: DTZ001 - as Prisma stores it: UTC, without saying so
MODELS, JOBS, LEGACY_ROWS = 80, 400, 120
NOVA = "amazon.nova-lite-v1:0"
# (Table, id, part of the reason, whether the row was imported nevertheless).
ODD = {
    ("ai_models", "no-api-id", "no API model id", False),
    ("ai_models", old_id(1, 79), "as another of the old models is", True),
    ("certification_jobs", "odd-type", "type is unknown: SMOKE_TEST", False),
    ("certification_jobs", "odd-status", "status is unknown: LOST", False),
    ("certification_jobs", "odd-counts", "successCount is left out: -5", True),
    ("job_certifications", "no-job", "job is missing: gone", False),
    ("job_certifications", "job-refused", "job is missing: odd-type", False),
    ("job_certifications", "no-model", "model is unknown", False),
    ("job_certifications", "no-region", "region is unknown: mars-north-1", False),
    ("job_certifications", "odd-word", "status is unknown: EXPLODED", False),
    ("job_certifications", "timeless", "no time at all", False),
    ("job_certifications", "odd-details", "details is left out", True),
    ("job_certifications", "eternal", "completedAt is left out: infinity", True),
    ("job_certifications", "twice", "Its model and region came before", False),
    ("model_certifications", "archived", "does not say what it came to: ARCHIVED", False),
    ("model_certifications", "nowhere", "region is unknown: null", False),
    ("model_certifications", "beyond", "score is left out: 420", True),
    ("model_certifications", "not-a-number", "score is left out: NaN", True),
    ("model_certifications", "alias", "Its model and region came before", False),
    ("model_certifications_legacy", "odd-score", "score is left out", True),
}


@pytest.fixture
def old() -> Iterator[OldDatabase]:
    with old_database() as made:
        yield made


@pytest.fixture
def _registry() -> None:
    load_catalogue(read_catalogue(CATALOGUE))


def minutes(number: int) -> datetime:
    return START + timedelta(minutes=number)


def fill(old: OldDatabase, rows: int = 5000) -> None:
    """Adds about `rows` rows, malformed ones among them, as the old system's documents describe."""
    catalogue = read_catalogue(CATALOGUE).models
    bedrock = sorted(one.api_model_id for one in catalogue if one.provider == "bedrock")
    bedrock.remove(NOVA)
    others = [one for one in catalogue if one.provider != "bedrock"]
    old.add(
        "ai_providers",
        [
            {"id": "p1", "name": "AWS Bedrock", "slug": "aws"},
            *(
                {"id": f"p-{name}", "name": name.title(), "slug": name}
                for name in ("openai", "groq", "huggingface", "elsewhere")
            ),
        ],
    )
    models = [(api_id, "p1") for api_id in [NOVA, *bedrock[: MODELS - 9]]]
    models += [(one.api_model_id, f"p-{one.provider}") for one in others]
    models += [("elsewhere/unknown-7b", "p-elsewhere"), (f"us.{NOVA}", "p1")]
    assert len(models) == MODELS
    old.add(
        "ai_models",
        [
            {"id": old_id(1, n), "name": f"Old {n}", "apiModelId": api_id, "providerId": provider}
            for n, (api_id, provider) in enumerate(models)
        ]
        + [{"id": "no-api-id", "name": "?", "apiModelId": None, "providerId": "p1"}],
    )
    regions = ["us-east-1", "us-west-2", "eu-west-1"]
    old.add(
        "certification_jobs",
        [
            {
                "id": old_id(2, n),
                "type": "MULTIPLE_MODELS",
                "status": "PROCESSING" if n == 7 else "COMPLETED",
                "regions": regions,
                "modelIds": [old_id(1, n % 70)],
                "totalModels": 10,
                "processedModels": 10,
                "successCount": 8,
                "failureCount": 2,
                "bullJobId": str(n),
                "startedAt": minutes(n),
                "completedAt": None if n == 7 else minutes(n + 1),
                "config": {"retries": 3},
                "createdAt": minutes(n),
                "updatedAt": minutes(n + 1),
                "createdBy": "leo@leo.com",
            }
            for n in range(JOBS)
        ],
    )
    standings = [
        {
            "id": old_id(4, n * 3 + place),
            "modelId": old_id(1, n),
            "region": region,
            "status": "COMPLETED" if n % 2 else "CERTIFIED",
            "passed": True,
            "score": 89.95,
            "rating": "4.5" if n % 3 else "B",
            "testResults": {"tests": [{"name": "Basic prompt", "passed": True}]},
            "jobId": old_id(2, 0),
            "completedAt": minutes(n),
            "updatedAt": minutes(n),
        }
        for n in range(MODELS - 1)
        for place, region in enumerate(regions)
    ]
    old.add("model_certifications", standings)
    legacy_rows = [
        {"id": f"old-{n}", "modelId": models[n % 70][0], "status": "certified", "passed": True,
         "certifiedAt": minutes(n), "failureReasons": {"deep": ["é", n]}}
        for n in range(LEGACY_ROWS)
    ]  # fmt: skip
    old.add("model_certifications_legacy", legacy_rows)
    add_odd_rows(old)
    number = rows - sum(old.count(table) for table in TABLES)
    old.add(
        "job_certifications",
        [
            {
                "id": old_id(3, n),
                "jobId": old_id(2, n // 10 % JOBS),
                "modelId": old_id(1, n % 10 + n // (10 * JOBS) * 10),
                "region": "us-east-1",
                "status": "PROCESSING" if n // 10 == 7 else ("FAILED", "PASSED")[n % 5 > 0],
                "startedAt": minutes(n // 10),
                "completedAt": None if n // 10 == 7 else minutes(n // 10 + 1),
                "duration": 1234,
                "error": None if n % 5 else "ThrottlingException: slow down",
                "details": {"score": 85, "rating": "4.5", "simulated": True},
            }
            for n in range(number)
        ],
    )
    assert sum(old.count(table) for table in TABLES) == rows


def add_odd_rows(old: OldDatabase) -> None:
    job = {"type": "SINGLE_MODEL", "status": "COMPLETED", "createdAt": START}
    old.add(
        "certification_jobs",
        [
            {"id": "odd-type", **job, "type": "SMOKE_TEST"},
            {"id": "odd-status", **job, "status": "LOST"},
            {"id": "odd-counts", **job, "successCount": -5},
        ],
    )
    pair = {
        "jobId": "odd-counts",
        "modelId": old_id(1, 1),
        "region": "us-east-1",
        "status": "PASSED",
        "startedAt": START,
        "completedAt": START,
    }
    old.add(
        "job_certifications",
        [
            {"id": "no-job", **pair, "jobId": "gone"},
            {"id": "job-refused", **pair, "jobId": "odd-type"},
            {"id": "no-model", **pair, "modelId": "gpt-9"},
            {"id": "no-region", **pair, "region": "mars-north-1"},
            {"id": "odd-word", **pair, "status": "EXPLODED"},
            {"id": "timeless", **pair, "startedAt": None, "completedAt": None},
            {"id": "odd-details", **pair, "region": "us-east-2", "details": '"half a docum"'},
            {"id": "eternal", **pair, "region": "us-west-2", "completedAt": "infinity"},
            {"id": "once", **pair},
            {"id": "twice", **pair, "completedAt": None},
        ],
    )
    standing = {"region": "ap-south-1", "status": "CERTIFIED", "passed": True, "updatedAt": START}
    old.add(
        "model_certifications",
        [
            {"id": "archived", **standing, "modelId": old_id(1, 1), "status": "ARCHIVED"},
            {"id": "nowhere", **standing, "modelId": old_id(1, 2), "region": None},
            {"id": "beyond", **standing, "modelId": old_id(1, 3), "score": 420},
            {"id": "not-a-number", **standing, "modelId": old_id(1, 4), "score": "NaN"},
            {"id": "newest", **standing, "modelId": old_id(1, 79), "completedAt": minutes(9)},
            {"id": "alias", **standing, "modelId": old_id(1, 0)},
        ],
    )
    old.add("model_certifications_legacy", [{"id": "odd-score", "score": -1}])


def import_all(old: OldDatabase, *, dry_run: bool = False) -> tuple[dict[str, Tally], list[Remark]]:
    remarks: list[Remark] = []
    with legacy.open_source(old.url) as source:
        tallies = legacy.import_all(source, COMMAND_LINE, on_remark=remarks.append, dry_run=dry_run)
    return {tally.table: tally for tally in tallies}, remarks


def ours() -> dict[str, int]:
    return {
        table._meta.db_table: table._default_manager.count()
        for table in (
            AIModel,
            CertificationJob,
            JobCertification,
            ModelCertification,
            ModelCertificationLegacy,
        )
    }


def matched(remarks: list[Remark]) -> set[tuple[str, str, str, bool]]:
    return {
        odd
        for odd in ODD
        for one in remarks
        if (one.table, one.old_id, one.taken) == (odd[0], odd[1], odd[3]) and odd[2] in one.reason
    }


@pytest.mark.usefixtures("_registry")
def test_five_thousand_rows_come_over_whole_and_twice_without_doubling(old: OldDatabase) -> None:
    fill(old)
    catalogue = AIModel.objects.count()

    tallies, remarks = import_all(old)

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
        assert there[table] == old.count(table) - refused, table

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
    assert JobCertification.objects.count() == old.count("job_certifications") - 7


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


@pytest.fixture
def _on_a_wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str) -> int:
    """Runs the command and returns its exit code."""
    try:
        call_command("import_legacy", *arguments)
    except SystemExit as end:
        return int(end.code or 0)
    except CommandError as error:
        return error.returncode
    return 0


@pytest.mark.usefixtures("_registry", "_on_a_wide_terminal")
def test_the_command_reports_each_odd_row_in_a_table_and_in_a_file(
    old: OldDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(old, 1500)
    report = tmp_path / "report.csv"

    assert run("--database-url", old.url, "--report", str(report)) == 1

    shown = capsys.readouterr().out
    assert "job is missing: gone" in shown
    assert "certification_jobs" in shown
    lines = list(csv.reader(report.read_text(encoding="utf-8-sig").splitlines()))
    assert lines[0] == ["Table", "Id", "Taken", "Why"]
    assert {(table, name, taken == "yes") for table, name, taken, _why in lines[1:]} == {
        (table, name, taken) for table, name, _why, taken in ODD
    }
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.details["refused"]) == (
        "LEGACY_IMPORTED",
        sum(not taken for _table, _id, _why, taken in ODD),
    )


@pytest.mark.usefixtures("_on_a_wide_terminal")
def test_a_database_without_an_odd_row_is_0(
    old: OldDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGACY_DATABASE_URL", old.url)

    assert run("--dry-run") == 0


@pytest.mark.usefixtures("_on_a_wide_terminal")
@pytest.mark.parametrize(
    "url",
    ["", "mysql://root:hunter2@host/db", "postgresql://a:hunter2@127.0.0.1:9/x", "hunter2"],
)
def test_what_cannot_be_read_is_2_and_tells_no_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEGACY_DATABASE_URL", raising=False)

    with pytest.raises(CommandError) as told:
        call_command("import_legacy", "--database-url", url)

    assert told.value.returncode == 2
    assert "hunter2" not in str(told.value)


@pytest.mark.usefixtures("_on_a_wide_terminal")
def test_what_looks_like_markup_or_a_command_is_shown_as_text(
    old: OldDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.csv"
    old.add("job_certifications", [{"id": "=1+1", "status": "[/red]\x1b[2J", "region": "x"}])

    assert run("--database-url", old.url, "--report", str(report)) == 1

    shown = capsys.readouterr().out
    assert "[/red]�[2J" in shown
    assert "\x1b[2J" not in shown
    assert "'=1+1" in report.read_text(encoding="utf-8-sig")


@pytest.mark.usefixtures("_on_a_wide_terminal")
def test_another_database_is_2(old: OldDatabase) -> None:
    old.connection.execute('DROP TABLE "ai_models" CASCADE')

    assert run("--database-url", old.url) == 2


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
