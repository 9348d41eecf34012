"""What `make test` says at its end, and the exit code that a CI goes by."""

from __future__ import annotations

from types import ModuleType

import pytest

from scripts import services
from scripts import test as make_test


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(make_test.signal, "signal", lambda *_: None)
    return make_test


def went(make_test: ModuleType, monkeypatch: pytest.MonkeyPatch, *outcomes: object) -> None:
    monkeypatch.setattr(make_test, "steps", lambda lint_only: iter(outcomes))


def test_all_steps_well_is_a_success(
    ended: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    went(ended, monkeypatch, ended.Outcome("mypy", 3.0, "ok"))
    assert ended.main([]) == 0
    assert "mypy      3.0  ok" in capsys.readouterr().out


def test_one_failed_step_fails_all_and_the_table_names_it(
    ended: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good = ended.Outcome("mypy", 3.0, "FAILED", failed=True), ended.Outcome("ruff", 1.0, "ok")
    went(ended, monkeypatch, bad, good)
    assert ended.main([]) == 1
    assert "mypy      3.0  FAILED" in capsys.readouterr().out


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_what_could_not_be_tested_is_said_last_and_fails_only_a_ci(
    ended: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ci: str,
    code: int,
) -> None:
    monkeypatch.setenv("CI", ci)

    def refuse(source: str) -> None:
        raise services.Unavailable("No PostgreSQL: install it.")

    monkeypatch.setattr(services, "postgres", refuse)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    outcome = ended.run_on_servers("pytest, production", [], {}, services.both())
    went(ended, monkeypatch, outcome)

    assert ended.main([]) == code

    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "!!! NOT TESTED: pytest, production. No PostgreSQL: install it."


def test_a_machine_without_a_browser_is_told_so_and_fails_no_ci(
    ended: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    went(ended, monkeypatch, ended.run_in_a_browser({}))

    assert ended.main([]) == 0

    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("!!! NOT TESTED: browser. No Chromium: install it")


def test_a_step_that_ends_badly_is_a_failed_step() -> None:
    assert make_test.run("pytest", ["-c", "raise SystemExit(5)"], {}).failed
    assert not make_test.run("pytest", ["-c", ""], {}).failed
