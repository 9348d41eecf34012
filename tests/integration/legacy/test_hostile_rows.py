"""Texts of an old database that are markup, formulas, control characters or commands: on every
screen, in every export and in the API they are texts."""

from __future__ import annotations

import io
import json
from typing import Any, Final

import openpyxl
import pytest

from certification.accounts.roles import Role
from certification.exports import FORMATS
from certification.exports.csv_injection import FORMULA_SIGNS
from certification.models import DeadLetter, JobCertification, Schedule
from models_registry.models import AIModel
from tests import screens
from tests.factories.certification import someone
from tests.factories.old_database import OldDatabase, old_id
from tests.integration.admin.conftest import signed_in
from tests.integration.admin.test_every_screen import cells
from tests.integration.api.conftest import client_of

from .old_data import NOVA, START, import_all, minutes

pytestmark = [pytest.mark.django_db, pytest.mark.servers_only, pytest.mark.usefixtures("_registry")]

MARKUP: Final = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&lt;{{ 7 }}{% x %}"
FORMULA: Final = '=HYPERLINK("http://e.example";"x");＝1+1\t@x'
CONTROLS: Final = "[/x]\x1b[2J\x07\u202e\u200b_x0041_<r>a & b</r>]]>"
HOSTILE: Final = f"{FORMULA}{MARKUP}{CONTROLS}"
UNKNOWN_MODEL: Final = "evil/model <script>alert(1)</script>"


def fill(old: OldDatabase) -> None:
    """Puts hostile texts wherever the old tables have a text."""
    old.add(
        "ai_providers",
        [
            {"id": "p1", "name": "AWS Bedrock", "slug": "aws"},
            {"id": HOSTILE, "name": HOSTILE, "slug": HOSTILE},
        ],
    )
    old.add(
        "ai_models",
        [
            {"id": HOSTILE, "name": HOSTILE, "apiModelId": NOVA, "providerId": "p1"},
            {"id": "m2", "name": HOSTILE, "apiModelId": UNKNOWN_MODEL, "providerId": HOSTILE},
        ],
    )
    job = {"type": "MULTIPLE_MODELS", "status": "COMPLETED", "startedAt": START}
    old.add(
        "certification_jobs",
        [
            {
                **job,
                "id": HOSTILE,
                "regions": ["us-east-1", HOSTILE],
                "modelIds": [HOSTILE, "m2", UNKNOWN_MODEL],
                "bullJobId": HOSTILE,
                "config": {HOSTILE: HOSTILE},
                "createdBy": HOSTILE,
                "totalModels": 2,
                "createdAt": START,
                "completedAt": minutes(1),
            }
        ],
    )
    pair = {"jobId": HOSTILE, "region": "us-east-1", "status": "FAILED", "error": HOSTILE}
    details = {"score": HOSTILE, "errorCategory": HOSTILE, "errorCode": HOSTILE, HOSTILE: HOSTILE}
    old.add(
        "job_certifications",
        [
            {**pair, "id": old_id(3, number), "modelId": model, "details": details,
             "startedAt": START, "completedAt": minutes(1)}
            for number, model in enumerate((HOSTILE, "m2"))
        ],
    )  # fmt: skip
    old.add(
        "model_certifications",
        [
            {
                "id": HOSTILE,
                "modelId": model,
                "region": "us-east-1",
                "status": "FAILED",
                "passed": False,
                "rating": HOSTILE,
                "badge": HOSTILE,
                "testResults": {"tests": [{"name": HOSTILE, "passed": False, "error": HOSTILE}]},
                "errorMessage": HOSTILE,
                "errorCategory": HOSTILE,
                "jobId": HOSTILE,
                "completedAt": minutes(1),
                "createdBy": HOSTILE,
            }
            for model in (HOSTILE,)
        ],
    )
    old.add(
        "model_certifications_legacy",
        [{"id": HOSTILE, "modelId": HOSTILE, "status": HOSTILE, "failureReasons": {HOSTILE: "x"}}],
    )


@pytest.fixture
def pair(old: OldDatabase) -> JobCertification:
    fill(old)
    import_all(old)
    # A model of the catalogue keeps the catalogue's name.
    found = JobCertification.objects.get(model__api_model_id=NOVA)
    AIModel.objects.filter(pk=found.model_id).update(name=HOSTILE)
    assert found.error_message == HOSTILE
    return found


def test_on_every_screen_and_in_every_table(pair: JobCertification) -> None:
    dead_letter = DeadLetter.objects.create(
        certification=pair, error_message=HOSTILE, traceback=HOSTILE, attempts=1,
        error_category="WORKER_LOST", first_failed_at=START.astimezone(),
    )  # fmt: skip
    user = someone(Role.VIEWER)
    samples: dict[str, Any] = {
        "job_id": pair.job_id,
        "certification_id": pair.pk,
        "model_id": pair.model_id,
        "code": "us-east-1",
        "region": "us-east-1",
        "format_name": "json",
        "dead_letter_id": dead_letter.pk,
        "schedule_id": Schedule.objects.create(name=HOSTILE[:100], is_active=False).pk,
        "user_id": user.pk,
    }
    for name, table in screens.TABLES.items():
        if row := table._default_manager.first():
            samples[name] = row.pk
    client, seen = signed_in(Role.ADMINISTRATOR), set()

    for name in screens.NAMES:
        try:
            path = screens.address(name, samples)
        except LookupError:
            continue
        answer = client.get(path, {"open": str(pair.job_id)})
        assert answer.status_code < 500, path
        if answer.status_code != 200 or answer.streaming:
            continue
        page = answer.content.decode()
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        if "&lt;script&gt;alert(1)" in page:
            seen.add(name)

    assert {"job", "certification", "model", "region", "matrix", "dead_letter"} <= seen


def test_in_each_export_and_in_the_api(pair: JobCertification) -> None:
    client = client_of(someone(Role.VIEWER))

    def get(path: str) -> bytes:
        answer = client.get(f"/api/certification-queue/{path}")
        assert answer.status_code == 200, path
        return b"".join(answer.streaming_content) if answer.streaming else answer.content

    for path in (f"jobs/{pair.job_id}", "certifications"):
        for name in FORMATS:
            content = get(f"{path}/export.{name}")
            told = {text for text in cells(name, content) if "alert(1)" in text}
            assert told, path
            assert b"<f>" not in content
            if name == "csv":
                assert not any(text.startswith(tuple(FORMULA_SIGNS)) for text in told)
            elif name == "xlsx":
                book = openpyxl.load_workbook(io.BytesIO(content))
                held = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
                types = {cell.data_type for cell in held if "alert(1)" in str(cell.value)}
                assert types == {"s"}
            elif name == "json":
                rows = json.loads(content)["rows"]
                assert HOSTILE in {row["errorMessage"] for row in rows}
            elif name == "pdf":
                assert all(text.isprintable() for text in told)
    job = json.loads(get(f"jobs/{pair.job_id}"))["data"]
    assert {one["error"] for one in job["certifications"]} == {HOSTILE}
    record = json.loads(get(f"jobs/{pair.job_id}/certifications/{pair.pk}"))["data"]
    assert (record["error"], record["model"]["name"]) == (HOSTILE, HOSTILE)
