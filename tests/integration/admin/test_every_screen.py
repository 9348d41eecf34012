"""What holds on each page of the staff's site, found by where it is registered."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.http import HttpResponseBase
from django.test import Client

from certification.engine import Category, Verdict
from certification.jobs import opening
from certification.models import CertificationJob, DeadLetter, Schedule
from certification.worker import recording
from models_registry.models import AIModel
from tests import screens
from tests.factories.certification import offered, result, take
from tests.unit.exports import pdf_text

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"
AS_TEXT = "&lt;script&gt;alert(1)&lt;/script&gt;"
NAMES_A_MODEL = {
    "matrix", "models", "model", "region", "certify", "jobs", "job", "job_rows", "certification",
    "dead_letters", "dead_letter",
}  # fmt: skip


@pytest.fixture
def job() -> CertificationJob:
    """One whose only pair was given up, so that it left a dead letter."""
    models, regions = offered()
    AIModel.objects.update(name=HOSTILE)
    opened = opening.open_for_models(models, regions).job
    claim = take(opened.certifications.get().pk)
    assert claim is not None
    found = result(Verdict.FAILED, 40.0, Category.THROTTLED, retries=2)
    recording.record(claim, found)
    return opened


@pytest.fixture
def samples(job: CertificationJob) -> dict[str, str]:
    pair = job.certifications.get()
    return {
        "job_id": str(job.pk),
        "certification_id": str(pair.pk),
        "model_id": str(pair.model_id),
        "code": pair.region_id,
        "region": pair.region_id,
        "format_name": "csv",
        "dead_letter_id": str(DeadLetter.objects.get().pk),
        "schedule_id": str(Schedule.objects.create(name=HOSTILE, is_active=False).pk),
        "user_id": str(User.objects.earliest("pk").pk),
    }


def answers(client: Client, samples: dict[str, str]) -> dict[str, HttpResponseBase]:
    return {
        name: client.get(screens.address(name, samples), {"open": samples["job_id"]})
        for name in ("index", "tables", *screens.BY_NAME)
    }


def test_a_hostile_name_is_text_on_every_screen(
    administrator: Client, samples: dict[str, str]
) -> None:
    pages = {
        name: answer.content.decode()
        for name, answer in answers(administrator, samples).items()
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
    }

    assert [name for name, text in pages.items() if HOSTILE in text] == []
    assert {name for name, text in pages.items() if AS_TEXT in text} >= NAMES_A_MODEL


def test_no_answer_lets_an_inline_script_run(
    administrator: Client, samples: dict[str, str]
) -> None:
    policies = {
        name: answer.headers.get("Content-Security-Policy", "none")
        for name, answer in answers(administrator, samples).items()
    }

    lax = [name for name, policy in policies.items() if "default-src 'self'" not in policy]
    assert lax == []
    assert [name for name, policy in policies.items() if "unsafe" in policy] == []


def cells(export: str, content: bytes) -> set[str]:
    """Every text of an export, as a program reads it."""
    if export == "csv":
        lines = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        return {cell for line in lines for cell in line}
    if export == "json":
        return set(json.dumps(json.loads(content), ensure_ascii=False).split('"'))
    if export == "junit":
        cases = ElementTree.fromstring(content).iter()
        return {text for case in cases for text in case.attrib.values()}
    if export == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(content))
        return {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    return {page.replace("\n", "") for page in pdf_text.pages(content)}


@pytest.mark.parametrize("export", ["csv", "json", "junit", "xlsx", "pdf"])
def test_a_hostile_name_is_text_in_each_export(
    viewer: Client, job: CertificationJob, export: str
) -> None:
    answer = viewer.get(f"/admin/jobs/{job.pk}/export/{export}/")
    content = b"".join(answer) if answer.streaming else answer.content

    assert any(HOSTILE in text for text in cells(export, content))
    assert not answer["Content-Type"].startswith("text/html")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
