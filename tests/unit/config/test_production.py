"""A production process with a missing or unsafe setting does not start, and reports why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import production

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
WHOLE = {
    "HOMOLOGA_MODE": "production",
    "HOMOLOGA_SECRET_KEY": "k" * 60 + "".join(map(chr, range(97, 117))),
    "HOMOLOGA_HOSTS": "homologa.example.com",
    "DATABASE_URL": "postgres://u:p@127.0.0.1/none",
    "REDIS_URL": "redis://127.0.0.1/0",
}
OURS = ("HOMOLOGA_", "DJANGO_", "DATABASE_", "REDIS_", "METRICS_", "CELERY_")


def run(variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=clean | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_with_all_it_needs_it_is_clean() -> None:
    done = run(WHOLE, "manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("manage.py", "migrate"),
        ("-m", "celery", "-A", "config", "worker"),
        ("-m", "uvicorn", "config.asgi:application", "--port", "0"),
    ],
    ids=["migrate", "worker", "web"],
)
def test_every_process_refuses_and_says_all_of_it(command: tuple[str, ...]) -> None:
    unsafe = WHOLE | {"HOMOLOGA_SECRET_KEY": "", "DJANGO_DEBUG": "1"}

    done = run(unsafe, *command)

    assert done.returncode != 0
    assert "HOMOLOGA_SECRET_KEY is not set" in done.stderr
    assert "DJANGO_DEBUG shows settings and source" in done.stderr


def test_a_command_says_it_in_a_line_and_with_2(tmp_path: Path) -> None:
    wrong = {"CERTIFICATION_TIMEOUT": "5min", "HOMOLOGA_DATA_DIR": str(tmp_path)}

    done = run(wrong, "manage.py", "prune", "--dry-run")

    assert done.returncode == 2
    assert done.stderr == "CERTIFICATION_TIMEOUT must be a whole number, got '5min'.\n"


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("HOMOLOGA_SECRET_KEY", "", "HOMOLOGA_SECRET_KEY is not set"),
        ("HOMOLOGA_SECRET_KEY", "secret", "HOMOLOGA_SECRET_KEY can be guessed"),
        ("HOMOLOGA_SECRET_KEY", "ab" * 40, "HOMOLOGA_SECRET_KEY can be guessed"),
        ("HOMOLOGA_SECRET_KEY", "abcde" * 12, "HOMOLOGA_SECRET_KEY can be guessed"),
        (
            "HOMOLOGA_SECRET_KEY",
            f"django-insecure-{WHOLE['HOMOLOGA_SECRET_KEY']}",
            "HOMOLOGA_SECRET_KEY can be guessed",
        ),
        ("DJANGO_DEBUG", "1", "DJANGO_DEBUG shows"),
        ("HOMOLOGA_HOSTS", "", "HOMOLOGA_HOSTS is not set"),
        ("HOMOLOGA_HOSTS", "homologa.example.com,*", r"HOMOLOGA_HOSTS is \*"),
        ("HOMOLOGA_ORIGINS", "http://homologa.example.com", "HOMOLOGA_ORIGINS has 'http:"),
        ("HOMOLOGA_ORIGINS", "https://*", "HOMOLOGA_ORIGINS has 'https:"),
        ("HOMOLOGA_ORIGINS", "https://*:443", "HOMOLOGA_ORIGINS has 'https:"),
        ("DATABASE_URL", "", "Neither DATABASE_URL nor DATABASE_HOST is set"),
        ("DATABASE_URL", "sqlite:////tmp/x", "DATABASE_URL names no PostgreSQL"),
        ("REDIS_URL", "", "Neither REDIS_URL nor REDIS_HOST is set"),
        ("REDIS_URL", "memory://", "REDIS_URL names no Redis"),
        ("CELERY_BROKER_URL", "memory://", "CELERY_BROKER_URL names no Redis"),
        ("METRICS_TOKEN", "metrics", "METRICS_TOKEN can be guessed"),
        ("HOMOLOGA_ADMIN_EMAIL", "Admin@homologa.local", "the administrator of every laptop"),
        ("HOMOLOGA_ADMIN_EMAIL", " admin@homologa.local", "the administrator of every laptop"),
        ("HOMOLOGA_ADMIN_PASSWORD", "admin", "HOMOLOGA_ADMIN_PASSWORD can be guessed"),
    ],
)
def test_what_is_missing_or_unsafe_is_reported(
    variable: str, value: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    for name, given in WHOLE.items():
        monkeypatch.setenv(name, given)
    production.refuse_unless_safe()
    monkeypatch.setenv(variable, value)

    with pytest.raises(ImproperlyConfigured, match=why):
        production.refuse_unless_safe()
