"""The version of a suite depends only on the code of its checks."""

from __future__ import annotations

import ast
import importlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from textwrap import dedent

import pytest

from certification.engine import CHECK_IDS, Kind, ModelSpec, suite, suite_for, suite_version
from certification.engine.check import Check
from certification.engine.checks import CHECKS

PLAIN = """
    from certification.engine.check import Check, Outcome
    from .sums import RIGHT

    def run(subject):
        return Outcome(1.0 if subject.converse("1 + 1").text == RIGHT else 0.0)

    CHECK = Check(id="sum", title="Adds", run=run)
"""
SUMS = "RIGHT = '2'"
Versions = Callable[..., str]


@pytest.fixture
def version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Versions]:
    """Returns a function: the version of a one-check suite, from the sources of two modules."""
    monkeypatch.syspath_prepend(str(tmp_path))
    numbers = count()

    def of(source: str = PLAIN, sums: str = SUMS) -> str:
        package = tmp_path / f"versioned_{next(numbers)}"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "check.py").write_text(dedent(source))
        (package / "sums.py").write_text(dedent(sums))
        importlib.invalidate_caches()
        check: Check = importlib.import_module(f"{package.name}.check").CHECK
        return suite_version((check,))

    yield of
    for name in [name for name in sys.modules if name.startswith("versioned_")]:
        del sys.modules[name]


def test_it_stays_with_comments_layout_and_docstrings(version: Versions) -> None:
    documented = '"""Adds."""' + PLAIN.replace(
        "def run(subject):\n", 'def run(subject):\n        "What is asked."\n        # Simple.\n\n'
    ).replace("\n    ", "\n")
    assert version(dedent(documented)) == version()
    assert version(sums='"""Sums."""\n\nRIGHT = "2"  # by definition') == version()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"1 + 1"', '"1 + 2"'),
        ("== RIGHT", "!= RIGHT"),
        ("run=run", "run=run, weight=2.0"),
        ('run=run', 'run=run, needs=("tools",)'),
        ('id="sum"', 'id="sums"'),
    ],
)  # fmt: skip
def test_it_changes_with_what_a_check_asks_accepts_or_weighs(
    version: Versions, old: str, new: str
) -> None:
    assert version(PLAIN.replace(old, new)) != version()


def test_it_changes_with_what_a_check_imports_from_beside_it(version: Versions) -> None:
    assert version(sums="RIGHT = 'two'") != version()


def test_it_changes_with_the_choice_of_checks() -> None:
    spec = ModelSpec("m", capabilities={"tools": False})
    assert suite_version(suite_for(spec)) != suite_version(suite_for(ModelSpec("m")))
    assert suite_version(suite_for(spec)) == suite_version(suite_for(spec))


def test_every_kind_of_model_gets_a_required_check_and_every_check_a_kind() -> None:
    everything: set[str] = set()
    able = dict.fromkeys((ability for check in CHECKS for ability in check.needs), True)
    for kind in Kind:
        checks = suite_for(ModelSpec("m", kind, capabilities=able), also=CHECK_IDS)
        assert any(check.is_required_of(ModelSpec("m", kind)) for check in checks)
        everything |= {check.id for check in checks}
    assert everything == CHECK_IDS


def test_a_check_only_depends_on_checks_that_run_before_it() -> None:
    for kind in Kind:
        seen: set[str] = set()
        for check in suite_for(ModelSpec("m", kind), also=CHECK_IDS):
            assert set(check.depends_on) <= seen
            seen.add(check.id)


def test_costly_checks_run_only_on_demand() -> None:
    assert "needle" not in {check.id for check in suite_for(ModelSpec("m"))}
    assert "needle" in {check.id for check in suite_for(ModelSpec("m"), also=["needle"])}


def test_sources_are_parsed_by_one_thread_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """All threads of a worker compute it at once at the start, and ast.parse is not thread-safe."""
    parse, at_once, most = ast.parse, 0, 0

    def slowly(source: str) -> ast.Module:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        time.sleep(0.001)
        at_once -= 1
        return parse(source)

    suite._with_imports.cache_clear()
    suite._meaning.cache_clear()
    threads = [threading.Thread(target=suite_version, args=(CHECKS,)) for _ in range(8)]
    with monkeypatch.context() as patched:
        patched.setattr(ast, "parse", slowly)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert most == 1
