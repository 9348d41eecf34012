"""A worker's health and metrics on its own port."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from django.db import OperationalError
from django.db.models.functions import Now
from pytest_django import Settings

from certification.models import JobCertification, Worker
from certification.observability import probes
from certification.queue import broker
from certification.states import PairStatus
from certification.worker import celery_signals
from certification.worker import health as worker_health
from certification.worker.activity import ACTIVITY
from certification.worker.health import Vitals, examine
from certification.worker.heartbeat import Heartbeat
from certification.worker.reconciler import Reconciler
from tests.factories.certification import PairFactory, WorkerFactory

from .conftest import total

# Not in a transaction: probes query from other threads.
pytestmark = pytest.mark.django_db(transaction=True)
Ask = Callable[[str], tuple[int, bytes]]


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(ACTIVITY, "_last_claim", None)
    return WorkerFactory.create(concurrency=4)


@pytest.fixture
def vitals(worker: Worker) -> Vitals:
    heart = Heartbeat(worker)
    return Vitals(worker, heart, stopping=False, reconciler=Reconciler(worker, heart))


def queued_long_ago() -> None:
    PairFactory.create()
    JobCertification.objects.update(
        status=PairStatus.QUEUED, queued_at=Now() - timedelta(minutes=5)
    )


def test_a_worker_that_makes_progress_is_healthy(vitals: Vitals) -> None:
    health = examine(vitals)

    assert (health.status, health.problems) == (200, ())
    assert health.as_json()["lastClaimAgeSeconds"] is None
    assert health.as_json()["slots"] == 4


@pytest.mark.parametrize("name", ["database", "broker"])
def test_a_service_that_does_not_answer_is_named(
    vitals: Vitals, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> NoReturn:
        raise OperationalError("gone")

    module, question = {
        "database": (probes, "database"),
        "broker": (broker, "waiting_messages"),
    }[name]
    monkeypatch.setattr(module, question, fail)

    health = examine(vitals)

    assert (health.status, health.problems) == (503, (name,))
    assert health.as_json()[name] == "away"


def test_before_it_has_registered_it_is_not_healthy(worker: Worker) -> None:
    assert examine(Vitals(None, None, stopping=False)).problems == ("registration",)


def test_while_it_stops_it_is_not_healthy(vitals: Vitals) -> None:
    assert examine(Vitals(vitals.worker, vitals.heart, stopping=True)).problems == ("stopping",)


def test_a_worker_whose_heartbeat_is_too_old_is_not_healthy(
    vitals: Vitals, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence = settings.WORKER_LOST_AFTER_SECONDS + 1
    monkeypatch.setattr(Heartbeat, "age", lambda _heart: silence)

    health = examine(vitals)

    assert health.problems == ("heartbeat",)
    assert health.as_json()["heartbeatAgeSeconds"] == silence


def test_a_worker_whose_reconciler_is_stuck_is_not_healthy(
    vitals: Vitals, settings: Settings
) -> None:
    assert vitals.reconciler
    vitals.reconciler.turned_at -= settings.WORKER_LOST_AFTER_SECONDS + 1

    assert examine(vitals).problems == ("reconciler",)


def test_a_worker_with_free_slots_that_claims_nothing_is_not_healthy(vitals: Vitals) -> None:
    queued_long_ago()

    assert examine(vitals).problems == ("claims",)


def test_a_worker_that_claimed_just_now_is_healthy(vitals: Vitals) -> None:
    queued_long_ago()
    ACTIVITY._last_claim = time.monotonic()

    health = examine(vitals)

    assert health.problems == ()
    assert health.last_claim_age == pytest.approx(0, abs=60)


def test_a_worker_without_free_slots_is_healthy(
    vitals: Vitals, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued_long_ago()
    monkeypatch.setattr(ACTIVITY, "in_hand", lambda: frozenset(range(4)))

    assert examine(vitals).problems == ()


@pytest.fixture
def ask(vitals: Vitals) -> Iterator[Ask]:
    server = worker_health.serve("127.0.0.1", 0, lambda: vitals)
    assert server is not None
    port = server.server_address[1]

    def get(path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    yield get
    server.shutdown()
    server.server_close()


def test_the_port_answers_health_and_metrics_and_nothing_else(ask: Ask) -> None:
    status, body = ask("/health")
    health: dict[str, Any] = json.loads(body)
    assert (status, health["status"]) == (200, "ok")

    status, text = ask("/metrics")
    assert status == 200
    assert total(text, "homologa_worker_healthy") == 1
    assert total(text, "homologa_worker_slots") == 4
    assert total(text, "homologa_reclaimed_pairs_total") >= 0

    assert ask("/")[0] == 404


def test_an_unhealthy_worker_answers_503(ask: Ask) -> None:
    queued_long_ago()

    status, body = ask("/health")

    assert (status, json.loads(body)["problems"]) == (503, ["claims"])


@pytest.mark.parametrize("name", ["heart", "reconciler"])
def test_a_worker_lives_until_one_of_its_threads_is_stuck_for_good(
    vitals: Vitals, ask: Ask, settings: Settings, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "database", lambda: 1 / 0)
    thread = getattr(vitals, name)

    thread.turned_at -= settings.WORKER_LOST_AFTER_SECONDS + 1
    assert (ask("/health")[0], ask("/health/live")[0]) == (503, 200)

    thread.turned_at -= worker_health.STUCK_AFTER * settings.WORKER_LOST_AFTER_SECONDS
    status, body = ask("/health/live")
    stuck = "heartbeat" if name == "heart" else "reconciler"
    assert (status, json.loads(body)["stuck"]) == (503, [stuck])


def test_each_turn_of_a_thread_is_noted(vitals: Vitals) -> None:
    for thread in (vitals.heart, vitals.reconciler):
        assert thread
        thread.turned_at -= 1_000
        thread.start()
        until = time.monotonic() + 10
        while time.monotonic() - thread.turned_at > 500 and time.monotonic() < until:
            time.sleep(0.01)
        turned = time.monotonic() - thread.turned_at
        thread.stop()
        assert turned < 500


def test_workers_of_one_host_each_have_a_port_of_their_own(vitals: Vitals) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]

        servers = [worker_health.serve("127.0.0.1", taken, lambda: vitals) for _ in range(2)]

    found = [server.server_address[1] for server in servers if server is not None]
    assert taken < found[0] < found[1] < taken + worker_health.PORTS_TRIED
    for server in servers:
        if server is not None:
            server.shutdown()
            server.server_close()


def test_without_a_free_port_the_worker_continues_and_logs_it(
    vitals: Vitals, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_health, "PORTS_TRIED", 1)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        server = worker_health.serve("127.0.0.1", port, lambda: vitals)

    assert server is None
    assert f"none of the ports {port} to {port} can be had" in caplog.text
    assert "WORKER_HEALTH_PORT" in caplog.text


def test_a_worker_is_registered_with_its_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(celery_signals, "PROCESS", celery_signals.Process())
    monkeypatch.setattr(
        worker_health, "serve", lambda *_: SimpleNamespace(server_address=("", 3007))
    )

    celery_signals._register(SimpleNamespace(concurrency=4))

    assert Worker.objects.get().health_port == 3007
