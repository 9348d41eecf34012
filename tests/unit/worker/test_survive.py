"""A step of a loop that fails is logged by its name, and the loop goes on."""

from __future__ import annotations

import logging
from typing import NoReturn

import pytest
from django.db import DatabaseError
from kombu.exceptions import OperationalError

from certification.worker import heartbeat, reconciler
from certification.worker.heartbeat import Heartbeat, survive


@pytest.fixture(autouse=True)
def _without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "close_old_connections", lambda: None)


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (DatabaseError("gone"), logging.WARNING),
        (OperationalError("gone"), logging.WARNING),
        (ValueError("gone"), logging.ERROR),
    ],
)
@pytest.mark.parametrize("name", ["heartbeat", "closing jobs"])
def test_the_log_names_what_failed(
    name: str, error: Exception, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> NoReturn:
        raise error

    survive(name, fail)

    (record,) = caplog.records
    assert record.levelno == level
    assert record.getMessage().startswith(f"{name} failed, and will be tried again")
    assert "gone" in caplog.text


def test_a_heartbeat_that_fails_is_called_one(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    heart = Heartbeat(None)  # type: ignore[arg-type]
    monkeypatch.setattr(heartbeat, "beat", _fail)
    monkeypatch.setattr(heartbeat, "connection", _Connection())
    heart._stopping.set()

    heart.run()

    assert caplog.records[0].getMessage().startswith("heartbeat failed")


def test_a_repair_that_fails_does_not_prevent_the_others(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def stop() -> None:
        done.append("published")
        loop._stopped = True

    class Heart:
        def may_judge(self) -> bool:
            return True

    steps = (("reclaiming pairs", _fail), ("publishing lost messages", stop))
    monkeypatch.setattr(reconciler, "repairs", lambda *_, **__: steps)
    monkeypatch.setattr(reconciler, "connection", _Connection())
    loop = reconciler.Reconciler(None, Heart())  # type: ignore[arg-type]
    monkeypatch.setattr(reconciler.settings, "WORKER_BEAT_SECONDS", 0)

    loop.run()

    assert done == ["published"]
    (record,) = caplog.records
    assert record.getMessage() == "reclaiming pairs failed, and will be tried again"


class _Connection:
    def close(self) -> None:
        pass


def _fail(*_: object) -> NoReturn:
    raise ValueError("gone")
