"""CONTRIBUTING.md and make help name what is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)[0].split())


def test_make_help_shows_each_target_once_and_in_a_line() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()

    assert sorted(line.split()[1] for line in shown) == sorted(TARGETS)
    assert all(len(line) <= 100 for line in shown)


def test_it_names_targets_that_make_has() -> None:
    named = set(re.findall(r"`make (\w+)", PAGE))

    assert {"help", "lint", "messages", "run", "schema", "test"} <= named <= TARGETS


def test_it_names_files_that_are_there() -> None:
    quoted = re.findall(r"`([\w./-]+/[\w./-]*)`", PAGE)
    commands = re.findall(r"(?<= )(?:tests|scripts)/[\w/.]+(?:py|sh)", PAGE)

    assert len(quoted) > 20
    assert not [name for name in quoted + commands if not (ROOT / name).exists()]


def test_every_step_of_a_recipe_is_a_place_in_the_tree() -> None:
    """Up to the part that the contributor names."""
    steps = re.findall(r"^\d\. `([^`<]+)", PAGE, re.MULTILINE)

    assert len(steps) > 20
    for step in steps:
        path = ROOT / step
        assert path.exists() or path.parent.exists(), step
