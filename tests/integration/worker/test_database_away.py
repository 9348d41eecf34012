"""The database fails while a pair is carried out: the result is kept until it answers again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from celery.signals import worker_init
from django.db import OperationalError
from pytest_django import Settings

from certification.engine import Category
from certification.engine.errors import CallError
from certification.models import Worker
from certification.queue import admission, circuit_breaker, claims
from certification.states import PairStatus
from certification.worker import celery_signals, heartbeat, recording, run_pair
from certification.worker.activity import ACTIVITY
from tests.factories.certification import PairFactory, WorkerFactory

# Not in a transaction: run_pair closes a broken connection.
pytestmark = pytest.mark.django_db(transaction=True)
Break = Callable[[Any, str], list[str]]


class Refused:
    """A Bedrock that refuses every call for good, and counts them."""

    calls = 0
    endpoint = ""

    def _refuse(self, *_args: object) -> Any:
        self.calls += 1
        raise CallError(Category.ACCESS, "no access")

    converse = converse_stream = invoke = _refuse


@pytest.fixture
def away_once(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Makes a function raise OperationalError at its first call. Returns a list of its calls."""
    monkeypatch.setattr(run_pair, "DATABASE_PAUSE", 0.01)

    def make(module: Any, name: str) -> list[str]:
        real, calls = getattr(module, name), []

        def broken(*args: Any, **more: Any) -> Any:
            calls.append(name)
            if len(calls) == 1:
                raise OperationalError("the connection is closed")
            return real(*args, **more)

        monkeypatch.setattr(module, name, broken)
        return calls

    return make


@pytest.mark.parametrize(
    ("module", "step"),
    [
        (claims, "claim"),
        (run_pair, "offered_spec"),
        (claims, "holds"),
        (circuit_breaker, "record_answer"),
        (recording, "record"),
    ],
    ids=["claim", "what is offered", "holds the claim", "circuit breaker", "record"],
)
def test_a_pair_is_recorded_in_one_attempt_although_the_database_failed(
    away_once: Break, monkeypatch: pytest.MonkeyPatch, module: Any, step: str
) -> None:
    monkeypatch.setattr(run_pair, "CHECK_CLAIM_EVERY", 0.0)
    pair, transport = PairFactory.create(), Refused()
    admission.admit()
    calls = away_once(module, step)

    run_pair.run(pair.pk, WorkerFactory.create(), transport=transport)

    pair.refresh_from_db()
    assert len(calls) > 1, "the step was not called again"
    assert (pair.status, pair.attempt) == (PairStatus.BLOCKED, 1)


def test_a_worker_that_is_stopping_does_not_wait_for_the_database(away_once: Break) -> None:
    pair = PairFactory.create()
    admission.admit()
    away_once(claims, "release")

    with pytest.raises(OperationalError):
        run_pair.run(pair.pk, WorkerFactory.create(), transport=Refused(), stopping=lambda: True)


def test_a_pair_that_is_run_twice_counts_as_running_until_both_runs_end() -> None:
    pair, seen = PairFactory.create(), []
    worker = WorkerFactory.create()
    admission.admit()

    class ReclaimedMeanwhile(Refused):
        def _refuse(self, *_args: object) -> Any:
            heartbeat.sign_off(worker)
            claims.reclaim_lost()
            admission.admit()
            run_pair.run(pair.pk, WorkerFactory.create(), transport=Refused())
            seen.append(ACTIVITY.in_hand())
            raise CallError(Category.ACCESS, "no access")

        converse = converse_stream = invoke = _refuse

    run_pair.run(pair.pk, worker, transport=ReclaimedMeanwhile())

    assert seen[0] == {pair.pk}
    assert ACTIVITY.in_hand() == frozenset()


@pytest.fixture
def _no_worker_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(celery_signals.PROCESS, "worker", None)
    monkeypatch.setattr(celery_signals, "REGISTER_EVERY", 0.01)


@pytest.mark.usefixtures("_no_worker_yet")
def test_a_worker_that_starts_without_a_database_waits_for_it(
    monkeypatch: pytest.MonkeyPatch, away_once: Break
) -> None:
    away_once(heartbeat, "register")

    class Sender:
        concurrency = 3

    worker_init.send(sender=Sender())

    assert celery_signals.current_worker() == Worker.objects.get(concurrency=3)


@pytest.mark.usefixtures("_no_worker_yet")
def test_a_worker_that_cannot_register_exits_instead_of_consuming_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks(_concurrency: int) -> Worker:
        raise RuntimeError("no such table")

    monkeypatch.setattr(heartbeat, "register", breaks)

    class Sender:
        concurrency = 3

    with pytest.raises(SystemExit):
        worker_init.send(sender=Sender())


def test_a_worker_whose_heartbeat_failed_reclaims_nothing_until_it_has_beaten_for_a_while(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WORKER_LOST_AFTER_SECONDS = 30
    now = 1000.0
    monkeypatch.setattr(heartbeat.time, "monotonic", lambda: now)
    heart = heartbeat.Heartbeat(WorkerFactory.create())

    def after(seconds: float) -> bool:
        nonlocal now
        for _ in range(int(seconds // 5)):
            now += 5
            heart._beat()
        return heart.may_judge()

    assert not after(10), "it has just started: the database may have, too"
    assert after(5)
    now += 60
    assert not heart.may_judge(), "the database does not answer"
    heart._beat()
    assert not after(10), "the other workers have only just resumed"
    assert after(5)
