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
# It would fetch the style sheets once more, for a rule that is not among the default ones.
QUICKLY = {"resultTypes": ["violations"], "preload": False}
# The dark page is the light one in other colours.
OF_COLOUR = {**QUICKLY, "runOnly": ["color-contrast", "link-in-text-block"]}
# Of hundreds of like rows, a part says as much.
LONG = ("matrix", "models", "models_registry_aimodel_changelist")
SHORTER = dict.fromkeys(LONG, "?vendor=Amazon")
LOOKS: dict[str, dict[str, Any]] = {"light": QUICKLY, "dark": OF_COLOUR}


@pytest.fixture
def administrator(visit: Visiting) -> Visit:
    """Who sees everything; nothing moves, so that no colour is half way."""
    opened = visit(Role.ADMINISTRATOR, reduced_motion="reduce")
    # What nobody may add.
    opened.monitor.expected.add(403)
    return opened


def violations(visit: Visit, names: Iterable[str], samples: Samples) -> list[str]:
    """What axe says of those of the screens that are whole pages, and what went wrong in them."""
    page, found = visit.page, []
    for name in names:
        address = screens.address(name, samples) + SHORTER.get(name, "")
        answer = page.request.get(address, max_redirects=0)
        # Actions, files, and parts of a page.
        if not answer.ok or "<html" not in answer.text():
            continue
        page.goto(address)
        found += visit.watch.problems
        page.evaluate(Axe().axe_script)
        for scheme, options in LOOKS.items():
            page.emulate_media(color_scheme=scheme)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                # Axe's own `run` brings its script along each time, half a megabyte.
                said = page.evaluate(f"axe.run({json.dumps(options)})")["violations"]
                found += [f"{name}, {scheme}, {width}: {_said(rule)}" for rule in said]
        # It styles what it metrics, which the content policy refuses.
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


def test_the_door_breaks_no_rule(visit: Visiting) -> None:
    found = violations(visit(None, reduced_motion="reduce"), ["login"], {})
    assert not found, "\n".join(found)


def test_none_of_djangos_tables_breaks_a_rule(administrator: Visit, samples: Samples) -> None:
    there = [name for name in sorted(OF_TABLES) if _has_a_row(name, samples)]

    found = violations(administrator, there, samples)
    assert not found, "\n".join(found)


def _has_a_row(name: str, samples: Samples) -> bool:
    table, _, shown = name.rpartition("_")
    return shown != "change" or table in samples
