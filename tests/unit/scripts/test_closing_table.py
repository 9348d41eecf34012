"""The table that `make test` prints at its end, and its exit code."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from scripts import services
from scripts import test as make_test


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(make_test.signal, "signal", lambda *_: None)
    return make_test


def went(monkeypatch: pytest.MonkeyPatch, *outcomes: object) -> None:
    monkeypatch.setattr(make_test, "all_steps", list)
    monkeypatch.setattr(make_test, "carry_out", lambda _steps: iter(outcomes))


def outcome_of(step: make_test.Step) -> make_test.Outcome:
    (outcome,) = make_test.carry_out([step])
    return outcome


def test_all_steps_well_is_a_success(
    ended: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    went(monkeypatch, ended.Outcome("mypy", 3.0, "ok"))
    assert ended.main([]) == 0
    assert "mypy      3.0  ok" in capsys.readouterr().out


def test_one_failed_step_fails_all_and_the_table_names_it(
    ended: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good = ended.Outcome("mypy", 3.0, "FAILED", failed=True), ended.Outcome("ruff", 1.0, "ok")
    went(monkeypatch, bad, good)
    assert ended.main([]) == 1
    assert "mypy      3.0  FAILED" in capsys.readouterr().out


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_what_could_not_be_tested_is_listed_last_and_fails_only_in_a_ci(
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
    step = ended.Step("pytest, production", [], {}, services.both)
    went(monkeypatch, outcome_of(step))

    assert ended.main([]) == code

    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "!!! NOT TESTED: pytest, production. No PostgreSQL: install it."


def test_a_missing_browser_is_reported_and_does_not_fail_a_ci(
    ended: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    step = ended.Step("browser", [], {}, needs=ended.browser)
    went(monkeypatch, outcome_of(step))

    assert ended.main([]) == 0

    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("!!! NOT TESTED: browser. No Chromium: install it")


def test_a_step_that_ends_badly_is_a_failed_step() -> None:
    assert outcome_of(make_test.Step("pytest", ["-c", "raise SystemExit(5)"], {})).failed
    assert not outcome_of(make_test.Step("pytest", ["-c", ""], {})).failed


def test_the_output_of_each_step_is_shown_whole_and_in_their_order(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The second one has said all before the first one goes on."""
    seen, told = tmp_path / "seen", "import pathlib, time\n"
    wait = f"while not pathlib.Path({str(seen)!r}).exists(): time.sleep(0.05)\n"
    first = f"{told}print('one', flush=True)\n{wait}print('two')"
    second = f"print('three')\n{told}pathlib.Path({str(seen)!r}).touch()"
    steps = [
        make_test.Step("first", ["-c", first], {}),
        make_test.Step("second", ["-c", second], {}),
    ]

    outcomes = list(make_test.carry_out(steps, at_once=2))

    assert [outcome.step for outcome in outcomes] == ["first", "second"]
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    assert [line.strip("─ ") for line in lines] == ["first", "one", "two", "second", "three"]


def test_no_more_steps_run_at_once_than_may(tmp_path: Path) -> None:
    """Each would fail if it met another."""
    alone = f"import os; os.mkdir({str(tmp_path / 'here')!r}); os.rmdir({str(tmp_path / 'here')!r})"
    steps = [make_test.Step(str(number), ["-c", alone], {}) for number in range(4)]

    assert not any(outcome.failed for outcome in make_test.carry_out(steps, at_once=1))


def test_each_step_has_a_folder_for_data_of_its_own_which_is_gone_afterwards(
    capfd: pytest.CaptureFixture[str],
) -> None:
    tell = "import os; print('in', os.environ['HOMOLOGA_DATA_DIR'])"
    steps = [make_test.Step(name, ["-c", tell], {}) for name in ("first", "second")]

    assert not any(outcome.failed for outcome in make_test.carry_out(steps))

    told = [line[3:] for line in capfd.readouterr().out.splitlines() if line.startswith("in ")]
    assert len(set(told)) == 2
    assert not any(Path(folder).exists() for folder in told)


def test_who_interrupts_it_stops_what_runs(tmp_path: Path) -> None:
    """As by Ctrl-C: the step can put its things in order."""
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    lasting = (
        # A process that was started in the background ignores the signal unless it says otherwise.
        "import pathlib, signal, time\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "try:\n"
        f"    pathlib.Path({str(begun)!r}).touch()\n    time.sleep(60)\n"
        f"except KeyboardInterrupt:\n    pathlib.Path({str(ended)!r}).touch()"
    )
    wait = (
        f"import pathlib, time\nwhile not pathlib.Path({str(begun)!r}).exists(): time.sleep(0.05)"
    )
    running = make_test.carry_out(
        [make_test.Step("ends", ["-c", wait], {}), make_test.Step("lasts", ["-c", lasting], {})]
    )
    next(running)

    with pytest.raises(KeyboardInterrupt):
        running.throw(KeyboardInterrupt)

    assert ended.exists()


def test_tests_that_are_named_are_the_only_ones_that_run() -> None:
    (few,), (many,) = (
        make_test.chosen_steps(["tests/unit/docs"]),
        make_test.chosen_steps(["tests/unit"]),
    )

    assert few.arguments[-1] == "tests/unit/docs"
    assert "-n" not in few.arguments
    assert "-n" in many.arguments


def test_what_was_left_out_for_speed_is_said(
    ended: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    went(monkeypatch, ended.Outcome("mypy", 3.0, "ok"))

    assert ended.main(["--fast"]) == 0

    assert capsys.readouterr().out.splitlines()[-1].startswith("Left out: slow tests, PostgreSQL")


def test_every_test_is_in_a_step() -> None:
    """A new folder of tests is not forgotten."""
    named = {word for step in make_test.all_steps() for word in step.arguments}
    folders = {
        f"tests/{path.parent.name}" for path in (make_test.ROOT / "tests").glob("*/test_*.py")
    }
    folders |= {
        f"tests/{path.parts[-3]}" for path in (make_test.ROOT / "tests").glob("*/*/test_*.py")
    }

    assert folders
    assert folders <= named
