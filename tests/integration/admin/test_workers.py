from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError

from certification.models import Worker
from certification.queue import broker
from tests.factories.certification import JobFactory, PairFactory, WorkerFactory
from tests.integration.admin.conftest import queries_of
from tests.integration.conftest import RecordedBroker

pytestmark = pytest.mark.django_db


def shown(client: Client, query: str = "") -> str:
    return client.get(f"/admin/workers/{query}").content.decode()


def long_silent() -> Worker:
    worker: Worker = WorkerFactory.create(
        hostname="silent", beat_at=timezone.now() - timedelta(minutes=10)
    )
    return worker


def test_workers_are_alive_lost_or_stopped(viewer: Client) -> None:
    WorkerFactory.create_batch(2, hostname="busy")
    long_silent()
    WorkerFactory.create_batch(3, hostname="gone", stopped_at=timezone.now())

    page = viewer.get("/admin/workers/")

    counts = {state: number for state, _label, number in page.context["counts"]}
    assert counts == {"ALIVE": 2, "LOST": 1, "STOPPED": 3}
    assert [line.worker.hostname for line, _silence in page.context["lines"]] == [
        *["busy"] * 2,
        "silent",
        *["gone"] * 3,
    ]


@pytest.mark.parametrize(
    ("query", "hosts"), [("?state=LOST", ["silent"]), ("?state=ALIVE", ["busy"])]
)
def test_workers_are_found_by_state(query: str, hosts: list[str], viewer: Client) -> None:
    WorkerFactory.create(hostname="busy")
    long_silent()

    page = viewer.get(f"/admin/workers/{query}")

    assert [line.worker.hostname for line, _silence in page.context["lines"]] == hosts


def test_a_worker_shows_its_health_port(viewer: Client) -> None:
    WorkerFactory.create(hostname="busy", health_port=3004)

    assert '<td class="number">3004</td>' in shown(viewer)


def test_a_worker_shows_what_it_has_in_hand(viewer: Client) -> None:
    pair = PairFactory.create(status="PROCESSING", attempt=1, worker=WorkerFactory.create())

    page = shown(viewer)

    assert f"/admin/certifications/{pair.pk}/" in page
    assert "1 / 16" in page


def test_what_waits_is_counted_and_the_oldest_named(viewer: Client, queued: RecordedBroker) -> None:
    queued.depth = 7
    old = PairFactory.create(created_at=timezone.now() - timedelta(hours=2))
    PairFactory.create(status="QUEUED")
    PairFactory.create(job=JobFactory.create(status="PAUSED"))

    page = viewer.get("/admin/workers/")

    assert (page.context["backlog"].waiting, page.context["backlog"].queued) == (1, 1)
    assert page.context["oldest"] == "2 h 0 min"
    text = page.content.decode()
    assert f"/admin/jobs/{old.job_id}/" in text
    assert ">7<" in text


def test_a_broker_that_is_away_is_said_plainly(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> int:
        raise OperationalError("no route")

    monkeypatch.setattr(broker, "waiting_messages", away)

    assert "The broker is away" in shown(viewer)


def test_without_a_worker_it_says_what_to_do(viewer: Client) -> None:
    assert "celery -A config worker" in shown(viewer)


def test_the_overviews_figure_leads_there(viewer: Client) -> None:
    assert "/admin/workers/?state=ALIVE" in viewer.get("/admin/").content.decode()


def test_the_number_of_queries_does_not_grow(viewer: Client) -> None:
    def queries() -> int:
        return queries_of(lambda: shown(viewer))

    PairFactory.create(status="PROCESSING", attempt=1, worker=WorkerFactory.create())
    few = queries()
    for _ in range(4):
        PairFactory.create(status="PROCESSING", attempt=1, worker=WorkerFactory.create())

    assert queries() == few
