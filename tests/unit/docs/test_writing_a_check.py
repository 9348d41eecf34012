"""The code in the tutorial works as described."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bedrock_simulator import responder
from bedrock_simulator.request import ConverseRequest, Turn
from certification.engine import Deadline, Status, certify, checks, suite
from certification.engine.check import Check
from tests.unit.engine.scripted import REGION, Scripted, result, said, subject_of, text_model

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/writing-a-check.md").read_text()
CHECK_CODE, TEST_CODE, PATTERN, RULE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
NAME = "certification.engine.checks.copies_code"


@pytest.fixture
def copies_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Imports the tutorial's check from the place where the tutorial puts it."""
    path = tmp_path / "copies_code.py"
    path.write_text(CHECK_CODE)
    spec = importlib.util.spec_from_file_location(NAME, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, NAME, module)
    monkeypatch.setattr(checks, "copies_code", module, raising=False)
    spec.loader.exec_module(module)
    yield module
    suite._with_imports.cache_clear()
    suite._meaning.cache_clear()


def test_its_tests_pass(copies_code: ModuleType) -> None:
    names: dict[str, Any] = {}
    exec(compile(TEST_CODE, "docs/writing-a-check.md", "exec"), names)
    tests = [value for name, value in names.items() if name.startswith("test_")]

    assert len(tests) == 3
    for test in tests:
        test()


def test_it_runs_within_a_suite_and_counts(
    copies_code: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = suite.suite_version(suite.CHECKS)
    answers = next(check for check in checks.CHECKS if check.id == "answers")
    monkeypatch.setattr(suite, "CHECKS", (answers, copies_code.CHECK))

    def script(request: Any) -> Any:
        asked = request["messages"][0]["content"][0]["text"]
        if asked.startswith(copies_code.QUESTION):
            return said(asked.removeprefix(copies_code.QUESTION))
        return said("The capital of France is Paris.")

    done = certify(text_model(), REGION, Scripted(script), Deadline(60))

    assert result(done.results, "copies_code").status is Status.PASSED
    assert (done.score, len(done.results)) == (100.0, 2)
    assert done.suite_version != before


def test_the_simulator_answers_it_by_the_rule_that_is_added(copies_code: ModuleType) -> None:
    source = Path(responder.__file__).read_text()
    spec = importlib.util.spec_from_loader("bedrock_simulator.taught", loader=None)
    assert spec is not None
    taught = importlib.util.module_from_spec(spec)
    head = re.search(r"^def _text_reply\(.*\n", source, re.MULTILINE)
    assert head is not None
    taught_source = source.replace(head.group(), f"{PATTERN}\n\n{head.group()}{RULE}")
    exec(compile(taught_source, "responder.py", "exec"), vars(taught))

    def script(request: Any) -> Any:
        asked = request["messages"][0]["content"][0]["text"]
        answer = taught.respond(ConverseRequest((Turn("user", asked),)), frozenset())
        return said(" ".join(answer))

    assert copies_code.run(subject_of(Scripted(script))).passed


def test_every_field_of_a_check_is_documented() -> None:
    fields = PAGE.split("| field |")[1].split("## 2")[0]
    rows = re.findall(r"^\| (`.+?`) \|", fields, re.MULTILINE)

    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert told == set(Check.__dataclass_fields__) - {"run"}
