"""What docs/architecture.md says of the code is so."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/architecture.md").read_text()


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """The cells of a section's table, without its head."""
    lines = re.findall(r"^\| (.+) \|$", section(title), re.MULTILINE)
    return [line.split(" | ") for line in lines[2:]]


def module_of(name: str) -> str:
    """The dotted name of a module of `certification` that is unlike all others there."""
    found = list((ROOT / "certification").rglob(f"{name}.py"))
    writers = [path for path in found if path.parent.name in WRITERS]
    assert len(writers) == 1, name
    return ".".join(writers[0].relative_to(ROOT).with_suffix("").parts)


WRITERS = {"accounts", "jobs", "outcomes", "queue", "worker"}
PLACES = [place for row in rows("The rule") for place in re.findall(r"`([^`]+)`", row[2])]


def test_the_glossary_has_each_word_once() -> None:
    words = [word for row in rows("Glossary") for word in re.split(r", ", row[0])]

    assert len(words) > 40
    assert len(words) == len(set(words))


def test_its_portuguese_is_that_of_the_screens() -> None:
    with (ROOT / "locale/pt_BR/LC_MESSAGES/django.po").open("rb") as file:
        said = " ".join(str(message.string) for message in read_po(file)).lower()

    terms = [term for row in rows("Glossary") for term in row[2].split(", ") if term != "–"]
    assert not [term for term in terms if term.lower() not in said]


@pytest.mark.parametrize("place", PLACES)
def test_the_rule_is_kept_where_the_table_says(place: str) -> None:
    if place.endswith(("/", ".py")):
        assert (ROOT / "certification" / place).exists()
    else:
        module, function = place.split(".")
        assert callable(getattr(import_module(module_of(module)), function))


def test_every_package_is_in_the_tour() -> None:
    told = [name for row in rows("The packages, in the order in which data flows")
            for name in re.findall(r"`([\w/.]+)`", row[0])]  # fmt: skip
    there = {
        path.name
        for path in (ROOT / "certification").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    } - {"__init__.py", "apps.py", "migrations"}

    named = {name.removeprefix("certification/").rstrip("/") for name in told}
    assert there <= named
    assert all((ROOT / name).exists() or (ROOT / "certification" / name).exists() for name in told)


def test_the_layers_are_those_of_the_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(
        contract["layers"]
        for contract in contracts["contracts"]
        if contract.get("containers") == ["certification"]
    )
    drawn = section("The packages, in the order in which data flows").split("```")[1]

    assert drawn.strip().splitlines() == [layer.replace(" | ", " · ") for layer in layers]
