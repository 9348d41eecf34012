"""A production process with something missing refuses to start and says why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WHOLE = {
    "HOMOLOGA_MODE": "production",
    "HOMOLOGA_SECRET_KEY": "k" * 60 + "".join(map(chr, range(97, 117))),
    "HOMOLOGA_HOSTS": "homologa.example.com",
    "DATABASE_URL": "postgres://u:p@127.0.0.1/none",
    "REDIS_URL": "redis://127.0.0.1/0",
}


def check(variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in WHOLE and not name.startswith(("HOMOLOGA_", "DJANGO_"))
    }
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments],
        cwd=ROOT,
        env=clean | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_with_all_it_needs_it_is_clean() -> None:
    done = check(WHOLE, "--deploy", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", ["HOMOLOGA_SECRET_KEY", "DATABASE_URL"])
def test_what_is_missing_is_named(missing: str) -> None:
    done = check({name: value for name, value in WHOLE.items() if name != missing})

    assert done.returncode != 0
    assert missing in done.stderr
