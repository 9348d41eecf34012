"""axe-core's rules hold on every page, light and dark, wide and narrow."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from certification.accounts.roles import Role
from tests import screens

from .conftest import Samples, Visit, Visiting

WIDTHS = (1280, 390)
OF_TABLES = {name for name in screens.NAMES if name.rpartition("_")[0] in screens.TABLES}
# Without preloading of style sheets, which only a non-default rule needs.
QUICKLY = {"resultTypes": ["violations"], "preload": False}
# The dark page differs only in its colours, so only the colour rules run.
OF_COLOUR = {**QUICKLY, "runOnly": ["color-contrast", "link-in-text-block"]}
# A part of hundreds of similar rows is enough.
LONG = ("matrix", "models", "models_registry_aimodel_changelist")
SHORTER = dict.fromkeys(LONG, "?vendor=Amazon")
LOOKS: dict[str, dict[str, Any]] = {"light": QUICKLY, "dark": OF_COLOUR}


@pytest.fixture
def administrator(visit: Visiting) -> Visit:
    """Signs in an administrator; without animations, which would change colours during a check."""
    opened = visit(Role.ADMINISTRATOR, reduced_motion="reduce")
    # Pages for adding rows that cannot be added.
    opened.monitor.expected.add(403)
    return opened


def violations(visit: Visit, names: Iterable[str], samples: Samples) -> list[str]:
    """Returns axe's violations on the screens that are whole pages."""
    page, found = visit.page, []
    for name in names:
        address = screens.address(name, samples) + SHORTER.get(name, "")
        answer = page.request.get(address, max_redirects=0)
        # Skips actions, files and page fragments.
        if not answer.ok or "<html" not in answer.text():
            continue
        page.goto(address)
        found += visit.monitor.problems
        page.evaluate(Axe().axe_script)
        for scheme, options in LOOKS.items():
            page.emulate_media(color_scheme=scheme)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                # Axe's own `run` brings its script along each time, half a megabyte.
                said = page.evaluate(f"axe.run({json.dumps(options)})")["violations"]
                found += [f"{name}, {scheme}, {width}: {_said(rule)}" for rule in said]
        # axe sets inline styles, which the content security policy refuses.
        visit.monitor.problems.clear()
    return found


def _said(rule: dict[str, object]) -> str:
    nodes = rule["nodes"]
    assert isinstance(nodes, list)
    first = nodes[0]
    return f"{rule['id']} ×{len(nodes)}: {first['html'][:200]} {first['failureSummary'][:300]}"


def test_no_screen_breaks_a_rule(administrator: Visit, samples: Samples) -> None:
    own = [name for name in screens.NAMES if name not in {"login", *OF_TABLES}]

    found = violations(administrator, own, samples)
    assert not found, "\n".join(found)


def test_the_login_page_breaks_no_rule(visit: Visiting) -> None:
    found = violations(visit(None, reduced_motion="reduce"), ["login"], {})
    assert not found, "\n".join(found)


def test_none_of_djangos_tables_breaks_a_rule(administrator: Visit, samples: Samples) -> None:
    there = [name for name in sorted(OF_TABLES) if _has_a_row(name, samples)]

    found = violations(administrator, there, samples)
    assert not found, "\n".join(found)


def _has_a_row(name: str, samples: Samples) -> bool:
    table, _, shown = name.rpartition("_")
    return shown != "change" or table in samples
