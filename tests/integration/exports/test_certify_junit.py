"""`manage.py certify --wait --junit FILE`, as run by a CI job."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from certification.engine import POLICIES, Category, Certification, Verdict
from certification.models import CertificationJob
from tests.factories.certification import offered, result
from tests.integration.conftest import RecordedBroker, record_results_when_published

pytestmark = pytest.mark.django_db


def certify(monkeypatch: pytest.MonkeyPatch, found: list[Certification], *more: str) -> int:
    """The exit code of certifying as many models as results, with a worker that finds them."""
    record_results_when_published(monkeypatch, found)
    models, (region,) = offered(models=len(found))
    named = [word for model in models for word in ("--model", model)]
    try:
        call_command("certify", *named, "--region", region, *more)
    except SystemExit as end:
        return int(end.code or 0)
    except CommandError as error:
        return error.returncode
    return 0


def test_the_verdicts_are_written_and_the_exit_code_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "report.xml"
    found = [result(), result(Verdict.FAILED, 10.0, Category.NOT_AVAILABLE)]

    assert certify(monkeypatch, found, "--wait", "--junit", str(file)) == 1

    root = ElementTree.parse(file).getroot()
    assert (root.attrib["tests"], root.attrib["failures"]) == ("2", "1")
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.attrib["type"] == "NOT_AVAILABLE"
    assert POLICIES[Category.NOT_AVAILABLE].advice in (failure.text or "")
    assert root.find("testsuite/properties/property[@name='simulated']") is not None


def test_a_job_that_failed_as_a_whole_is_written_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "report.xml"
    found = [result(Verdict.INCONCLUSIVE, None, Category.CREDENTIALS)]

    assert certify(monkeypatch, found, "--wait", "--junit", str(file)) == 2

    assert ElementTree.parse(file).getroot().attrib["errors"] == "1"


@pytest.mark.parametrize("place", ["missing/report.xml", "."], ids=["no such folder", "a folder"])
def test_a_file_that_cannot_be_written_is_refused_before_a_job_is_opened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    assert certify(monkeypatch, [result()], "--wait", "--junit", str(tmp_path / place)) == 2

    assert not CertificationJob.objects.exists()


def test_without_wait_there_would_be_nothing_to_write(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert certify(monkeypatch, [result()], "--junit", str(tmp_path / "report.xml")) == 2

    assert not CertificationJob.objects.exists()


def test_a_disk_that_fails_at_the_end_is_reported(
    monkeypatch: pytest.MonkeyPatch, queued: RecordedBroker
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")

    assert certify(monkeypatch, [result()], "--wait", "--junit", str(full)) == 2

    assert CertificationJob.objects.get().success_count == 1
