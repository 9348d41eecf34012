"""A production process with a missing or unsafe setting does not start, and reports why."""

from __future__ import annotations

import os
import secrets
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
    "REDIS_URL": "redis://:p@127.0.0.1/0",
}
WILD = (".com", ".", ".br", ".com.br", ".co.uk", ".github.io", ".eu-west-1.elb.amazonaws.com")
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
        *(("HOMOLOGA_HOSTS", f"a.example.com, {host}", "HOMOLOGA_HOSTS has '") for host in WILD),
        *(("HOMOLOGA_ORIGINS", f"https://*{host}", "HOMOLOGA_ORIGINS has '") for host in WILD),
        ("HOMOLOGA_SECRET_KEY", "abcdefghijklmno" * 4, "HOMOLOGA_SECRET_KEY can be guessed"),
        ("DATABASE_URL", "", "Neither DATABASE_URL nor DATABASE_HOST is set"),
        ("DATABASE_URL", "sqlite:////tmp/x", "DATABASE_URL names no PostgreSQL"),
        ("REDIS_URL", "", "Neither REDIS_URL nor REDIS_HOST is set"),
        ("REDIS_URL", "memory://", "REDIS_URL names no Redis"),
        ("CELERY_BROKER_URL", "memory://", "CELERY_BROKER_URL names no Redis"),
        ("REDIS_URL", "redis://redis.internal:6379/0", "REDIS_URL has no password"),
        ("REDIS_URL", "rediss://user@redis.internal:6379/0", "REDIS_URL has no password"),
        ("REDIS_URL", "redis://:@redis.internal:6379/0", "REDIS_URL has no password"),
        ("CELERY_BROKER_URL", "redis://redis.internal/1", "CELERY_BROKER_URL has no password"),
        ("METRICS_TOKEN", "metrics", "METRICS_TOKEN can be guessed"),
        ("METRICS_TOKEN", "a" * 20, "METRICS_TOKEN can be guessed"),
        ("METRICS_TOKEN", "ab" * 30, "METRICS_TOKEN can be guessed"),
        ("METRICS_TOKEN", "abcdefghij" * 2, "METRICS_TOKEN can be guessed"),
        ("METRICS_TOKEN", "abcdefghijklmnopqrstuvwxyz", "METRICS_TOKEN can be guessed"),
        ("METRICS_TOKEN", "01234567890123456789012345", "METRICS_TOKEN can be guessed"),
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


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HOMOLOGA_HOSTS", ".homologa.example.com, .example.com, .example.com.br"),
        ("HOMOLOGA_ORIGINS", "https://*.example.com:8443"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("REDIS_URL", "rediss://:secret@redis.internal:6379/0"),
        ("REDIS_URL", "redis://redis.internal:6379/0?password=secret"),
        *(("METRICS_TOKEN", secrets.token_hex(20)) for _ in range(5)),
        *(("METRICS_TOKEN", secrets.token_urlsafe(20)) for _ in range(5)),
    ],
    ids=lambda value: value if value.isupper() else "",
)
def test_what_is_safe_starts(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    for name, given in {**WHOLE, variable: value}.items():
        monkeypatch.setenv(name, given)

    production.refuse_unless_safe()


def test_cookies_belong_to_this_host_alone() -> None:
    shown = "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, "
    shown += "s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME, s.SESSION_COOKIE_SECURE, "
    shown += "s.CSRF_COOKIE_SECURE, s.LANGUAGE_COOKIE_SECURE, s.SESSION_COOKIE_DOMAIN)"

    done = run({**WHOLE, "DJANGO_SETTINGS_MODULE": "config.settings"}, "-c", shown)

    assert done.stdout.split() == [
        "__Host-sessionid",
        "__Host-csrftoken",
        "__Host-language",
        "True",
        "True",
        "True",
        "None",
    ]
