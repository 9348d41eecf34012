from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment


def test_a_secret_may_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from the file\n")
    monkeypatch.setenv("SOME_KEY_FILE", str(tmp_path / "key"))

    assert environment.text("SOME_KEY") == "from the file"


def test_a_missing_secret_file_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY_FILE", "/nowhere/key")

    with pytest.raises(ImproperlyConfigured, match="SOME_KEY_FILE cannot be read"):
        environment.text("SOME_KEY")


@pytest.mark.parametrize(("given", "why"), [("many", "whole number"), ("0", "at least 1")])
def test_an_invalid_number_is_reported(
    given: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_NUMBER", given)

    with pytest.raises(ImproperlyConfigured, match=why):
        environment.number("SOME_NUMBER", 5, minimum=1)


def test_an_unknown_choice_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_MODE", "sometimes")

    with pytest.raises(ImproperlyConfigured, match="one of a, b"):
        environment.choice("SOME_MODE", "a", "b")


def test_the_older_redis_variables_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("REDIS_HOST", "redis-cluster")
    monkeypatch.setenv("REDIS_PORT", "6380")
    monkeypatch.setenv("REDIS_PASSWORD", "p@ss")

    assert environment.redis_url() == "redis://:p%40ss@redis-cluster:6380/0"


@pytest.mark.parametrize(
    ("name", "given", "url", "nodes"),
    [
        ("REDIS_HOST", "a", "redis://a:6380/0", "a:6380"),
        ("REDIS_HOST", "a, b:7001,c", "redis://a:6380/0", "a:6380,b:7001,c:6380"),
        ("REDIS_HOST", "[::1]", "redis://[::1]:6380/0", "[::1]:6380"),
        ("REDIS_URL", "redis://a", "redis://a:6379", "a:6379"),
        ("REDIS_URL", "rediss://u:p@a:1,b:2/0?x=1", "rediss://u:p@a:1/0?x=1", "a:1,b:2"),
        ("REDIS_URL", "redis://a,b?x=1", "redis://a:6379?x=1", "a:6379,b:6379"),
        ("REDIS_URL", "unix:///tmp/r.sock", "unix:///tmp/r.sock", ""),
    ],
)
def test_redis_may_be_several_hosts(
    name: str, given: str, url: str, nodes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("REDIS_URL", "REDIS_HOST", "REDIS_PASSWORD"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("REDIS_PORT", "6380")
    monkeypatch.setenv(name, given)

    assert (environment.redis_url(), environment.redis_nodes()) == (url, nodes)


@pytest.mark.parametrize("given", ["a:x", ":7000", "a:"])
def test_a_host_that_is_none_is_reported(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("REDIS_HOST", given)

    with pytest.raises(ImproperlyConfigured, match="give host or host:port"):
        environment.redis_url()


def test_a_database_may_be_named_by_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATABASE_HOST", "postgres")
    monkeypatch.setenv("DATABASE_PASSWORD", "a/b")

    assert environment.database_url() == "postgres://homologa:a%2Fb@postgres:5432/homologa"


def test_celery_gets_its_own_spelling_of_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)

    assert environment.broker_url("unix:///tmp/r.sock") == "redis+socket:///tmp/r.sock"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("rediss://h/0", "rediss://h/0?ssl_cert_reqs=required"),
        ("rediss://h/0?db=1", "rediss://h/0?db=1&ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_cert_reqs=none", "rediss://h/0?ssl_cert_reqs=none"),
        ("redis://h/0", "redis://h/0"),
    ],
)
def test_a_broker_behind_tls_has_to_show_its_certificate(
    given: str, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)

    assert environment.broker_url(given) == used


def test_a_kept_secret_stays_the_same_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"

    first, second = environment.kept_secret(path), environment.kept_secret(path)

    assert first == second
    assert len(first) >= 50
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_command_beside_make_run_finds_its_broker(tmp_path: Path) -> None:
    assert environment.broker_of_running_laptop(tmp_path) == ""
    (tmp_path / "run.json").write_text(json.dumps({"sockets": str(tmp_path), "programs": {}}))
    assert environment.broker_of_running_laptop(tmp_path) == ""

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "redis.sock"))
        found = environment.broker_of_running_laptop(tmp_path)

    assert found == f"unix://{tmp_path}/redis.sock"


def test_a_record_of_a_run_that_is_half_written_is_no_broker(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"sock')

    assert environment.broker_of_running_laptop(tmp_path) == ""
