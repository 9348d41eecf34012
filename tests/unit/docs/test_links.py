"""The links in the documentation have a target."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LISTED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=False,
).stdout.split()
# Without git: all files that are not hidden.
PAGES = LISTED or [str(path.relative_to(ROOT)) for path in ROOT.glob("[!.]*/**/*.md")]


def anchors(text: str) -> set[str]:
    """Returns the anchors that GitHub generates from headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


def links(text: str) -> list[str]:
    without_code = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", without_code)
    return [link for link in found if "://" not in link and not link.startswith("mailto:")]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    path = ROOT / page

    for link in links(path.read_text()):
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text()), link


# What a reader is told to write, and what the changelog says is gone.
NOT_THERE = {
    "certification/engine/checks/copies_code.py",
    "tests/unit/engine/test_copies_code.py",
    "deploy/laptop/environment.sh",
}


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    named = set(
        re.findall(r"`([a-z_]+/[\w./-]+\.(?:py|sh|yml|yaml|md|po))`", (ROOT / page).read_text())
    )

    folders = (ROOT, ROOT / "certification")
    there = {name for name in named for folder in folders if (folder / name).exists()}
    assert named - there <= NOT_THERE


def test_there_are_links_to_follow() -> None:
    assert {"README.md", "README.pt-BR.md", "SECURITY.md", "CHANGELOG.md"} <= set(PAGES)
    assert sum(len(links((ROOT / page).read_text())) for page in PAGES) > 20


def test_every_alert_leads_to_its_section() -> None:
    alerts = (ROOT / "deploy/prometheus/alerts.yml").read_text()
    leads = re.findall(r"runbook: (\S+)#(\S+)", alerts)

    assert leads
    for name, anchor in leads:
        assert anchor in anchors((ROOT / name).read_text()), anchor


def test_both_readmes_have_the_same_parts() -> None:
    english, portuguese = ((ROOT / name).read_text() for name in ("README.md", "README.pt-BR.md"))

    def shape(text: str) -> tuple[list[str], list[str], list[str]]:
        code = re.findall(r"```(\w*)\n", text)
        depths = re.findall(
            r"^(#+) ", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE
        )
        return depths, code, sorted(set(links(text)) - {"README.md", "README.pt-BR.md"})

    assert shape(english) == shape(portuguese)
