"""The daily sync with AWS is scheduled only if REGISTRY_SYNC is set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TELL = (
    "from config import settings; "
    "print('sync-with-aws' in settings.CELERY_BEAT_SCHEDULE, settings.REGISTRY_SYNC)"
)


@pytest.mark.parametrize(
    ("given", "told"), [("", "False off"), ("report", "True report"), ("apply", "True apply")]
)
def test_beat_schedules_it_as_the_environment_says(given: str, told: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TELL],
        env={**os.environ, "REGISTRY_SYNC": given, "HOMOLOGA_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == told
