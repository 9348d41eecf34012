from __future__ import annotations

from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.utils import timezone

from certification.engine import Category, Certification, Verdict
from certification.management import terminal
from certification.models import JobCertification
from certification.outcomes.advice import advice_on
from models_registry.models import AIModel
from models_registry.parse import CATALOGUE
from tests.factories.certification import PairFactory, offered, result
from tests.factories.registry import AIModelFactory
from tests.integration.conftest import RecordedBroker, record_results_when_published

pytestmark = pytest.mark.django_db
OURS = ("certification", "models_registry")


@pytest.fixture(autouse=True)
def _on_a_wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def shown(capsys: pytest.CaptureFixture[str], **fields: object) -> str:
    pair: JobCertification = PairFactory.create(completed_at=timezone.now(), **fields)
    terminal.show_verdicts(pair.job, [pair])
    return " ".join(capsys.readouterr().out.split())


def test_a_category_of_an_earlier_version_has_the_advice_of_its_new_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = shown(capsys, status="INCONCLUSIVE", error_category="REGION_SHUT")

    assert f"→ {advice_on('CIRCUIT_OPEN')}" in said


def test_a_category_that_is_no_longer_known_is_shown_without_advice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = shown(capsys, status="FAILED", error_category="RETIRED", error_message="it broke")

    assert "RETIRED" in said
    assert "it broke" in said
    assert "→" not in said


def test_a_score_under_the_threshold_has_the_sign_of_a_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "! " in shown(capsys, status="PASSED", passed=True, score=10.0)


NAMES = (
    "Nova [/preview]",
    "[bold]x[/bold]",
    "[red]",
    ":smile:",
    "[link=http://e.example]x",
    "\\[x]",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_it_is(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    model = AIModelFactory.create(name=name)

    said = shown(capsys, model=model, status="FAILED", error_category="ACCESS", error_message=name)

    assert said.count(name) == 3


def test_what_moves_the_cursor_or_reorders_a_line_is_replaced(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hostile = "a\x1b[2J\u202eb\r\nPASSED"

    said = shown(capsys, status="FAILED", error_category="ACCESS", error_message=hostile)

    assert "a�[2J�b��PASSED" in said


def test_a_catalogue_with_hostile_names_is_loaded_and_shown(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for file in CATALOGUE.glob("*.jsonl"):
        text = file.read_text().replace("Nova Lite", "Nova [/lite] :smile:")
        (tmp_path / file.name).write_text(text)
    call_command("load_catalogue")

    call_command("load_catalogue", "--path", str(tmp_path))

    assert "-> Nova [/lite] :smile:" in capsys.readouterr().out


class Ascii(TextIOWrapper):
    """A terminal that is not UTF-8."""

    def __init__(self) -> None:
        super().__init__(BytesIO(), encoding="ascii", errors="strict", write_through=True)

    def shown(self) -> str:
        written = self.buffer
        assert isinstance(written, BytesIO)
        return written.getvalue().decode("ascii")


@pytest.mark.parametrize(
    ("results", "code"),
    [([result()], 0), ([result(Verdict.FAILED, 10.0, Category.ACCESS)], 1)],
    ids=["passed", "failed"],
)
def test_a_terminal_that_is_not_utf_8_changes_neither_the_exit_code_nor_the_file(
    queued: RecordedBroker,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    results: list[Certification],
    code: int,
) -> None:
    record_results_when_published(monkeypatch, results)
    models, regions = offered()
    AIModel.objects.filter(api_model_id__in=models).update(name="Łódź 模型")
    report, out, err = tmp_path / "junit.xml", Ascii(), Ascii()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)

    with pytest.raises(SystemExit) as end:
        call_command(
            "certify",
            *("--model", models[0], "--region", regions[0]),
            *("--wait", "--junit", str(report)),
        )

    assert end.value.code == code
    assert "Łódź 模型" in report.read_text(encoding="utf-8")
    assert "?" in out.shown()


@pytest.mark.parametrize("name", [name for name, app in get_commands().items() if app in OURS])
def test_help_in_portuguese_is_shown_on_a_terminal_that_is_not_utf_8(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "pt_BR.UTF-8")
    out = Ascii()
    monkeypatch.setattr("sys.stdout", out)
    command = load_command_class(get_commands()[name], name)

    with pytest.raises(SystemExit) as end:
        command.run_from_argv(["manage.py", name, "--help"])

    assert end.value.code == 0
    assert "?" in out.shown()


def test_the_file_is_written_before_anything_is_shown(
    queued: RecordedBroker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    record_results_when_published(monkeypatch, [result()])
    models, regions = offered()
    report = tmp_path / "junit.xml"

    def interrupt(*_args: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(terminal, "show_verdicts", interrupt)

    with pytest.raises(BrokenPipeError):
        call_command(
            "certify",
            *("--model", models[0], "--region", regions[0]),
            *("--wait", "--junit", str(report)),
        )

    assert report.read_bytes().endswith(b"</testsuites>\n")
