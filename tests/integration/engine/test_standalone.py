"""The engine without Django, in a script of ten lines."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).with_name("standalone_script.py")


def test_ten_lines_certify_a_model(endpoint: str) -> None:
    assert len([line for line in SCRIPT.read_text().splitlines() if line.strip()]) <= 10
    environment = {name: value for name, value in os.environ.items() if "DJANGO" not in name}
    told = subprocess.run(
        [sys.executable, str(SCRIPT), endpoint],
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert told.stderr == ""
    *checks, verdict = told.stdout.splitlines()
    assert verdict == "PASSED 100.0 A simulated"
    assert "PASSED   1.00 Calls a tool while streaming" in checks
    assert told.returncode == 0
