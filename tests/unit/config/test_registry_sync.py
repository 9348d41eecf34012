"""The daily look at AWS is on the clock only where a deployment asks for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TELL = (
    "from config import settings; "
    "print('sync-with-aws' in settings.CELERY_BEAT_SCHEDULE, settings.REGISTRY_SYNC)"
)


@pytest.mark.parametrize(
    ("given", "told"), [("", "False off"), ("report", "True report"), ("apply", "True apply")]
)
def test_beat_asks_for_it_as_far_as_the_environment_says(
    given: str, told: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TELL],
        env={**os.environ, "REGISTRY_SYNC": given, "HOMOLOGA_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == told
