"""Rows of the old system's database, and reading what the import made of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from certification import legacy
from certification.accounts.audit import COMMAND_LINE
from certification.legacy import Remark, Tally
from certification.models import (
    CertificationJob,
    JobCertification,
    ModelCertification,
    ModelCertificationLegacy,
)
from models_registry.models import AIModel
from models_registry.parse import CATALOGUE, read_catalogue
from tests.factories.old_database import TABLES, OldDatabase, old_id

MODELS, JOBS, LEGACY_ROWS = 80, 400, 120
START = datetime(2026, 2, 2, 12, 0)  # noqa: DTZ001 - as Prisma stores it: UTC, without saying so
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


def import_all(
    old: OldDatabase, *, dry_run: bool = False, promote: str | None = None
) -> tuple[dict[str, Tally], list[Remark]]:
    remarks: list[Remark] = []
    with legacy.open_source(old.url) as source:
        tallies = legacy.import_all(
            source, COMMAND_LINE, on_remark=remarks.append, dry_run=dry_run, promote=promote
        )
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
