"""docs/simulator.md names every fault."""

from __future__ import annotations

import re
from pathlib import Path

from bedrock_simulator.faults import FAULTS, MATCHES

DOCUMENT = Path(__file__).resolve().parents[3] / "docs/simulator.md"


def test_every_fault_and_every_glob_is_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w.-]+)`", text))
    assert set(FAULTS) <= named
    assert {f"match.{name}" for name in MATCHES} <= named
