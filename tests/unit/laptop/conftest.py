"""The launcher is a folder of scripts, not a package: its modules are found by their folder."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[3] / "deploy" / "laptop"))
