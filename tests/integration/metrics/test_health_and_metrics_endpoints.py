"""The endpoints of a web process for probes and Prometheus."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import NoReturn

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from certification.models import CircuitBreaker
from certification.observability import metrics, probes
from certification.queue import broker
from certification.states import JobStatus, PairStatus, StandingStatus
from tests.factories.certification import JobFactory, PairFactory, StandingFactory, WorkerFactory
from tests.factories.registry import RegionFactory
from tests.integration.conftest import RecordedBroker

from .conftest import total

pytestmark = pytest.mark.django_db
TOKEN = "a token that Prometheus shows"


@pytest.fixture
def prometheus(settings: Settings) -> Client:
    settings.METRICS_TOKEN = TOKEN
    return Client(headers={"authorization": f"Bearer {TOKEN}"})


@pytest.fixture
def database_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> NoReturn:
        raise OperationalError("no route to host secret.example.com")

    monkeypatch.setattr(probes, "database", fail)


@pytest.fixture
def broker_hangs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(probes, "TIMEOUT_SECONDS", 0.2)
    back = threading.Event()
    monkeypatch.setattr(broker, "waiting_messages", back.wait)
    yield
    back.set()  # releases the thread of the probe


def test_ready_says_what_answers(client: Client) -> None:
    answer = client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": "ok", "broker": "ok"}


@pytest.mark.usefixtures("database_away")
def test_not_ready_says_which_is_away_and_nothing_of_where_it_is(client: Client) -> None:
    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "database": "away", "broker": "ok"}


def test_without_the_broker_a_web_still_serves(client: Client, queued: RecordedBroker) -> None:
    def refuse() -> NoReturn:
        raise ConnectionRefusedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("certification.queue.broker.waiting_messages", refuse)
        answer = client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json() == {"status": "degraded", "database": "ok", "broker": "away"}


@pytest.mark.usefixtures("broker_hangs")
def test_a_service_that_hangs_is_away_after_the_timeout(client: Client) -> None:
    answer = client.get("/health/ready")  # the broker never answers

    assert answer.json()["broker"] == "away"


def test_a_probe_that_hangs_does_not_block_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probes, "TIMEOUT_SECONDS", 1)
    back = threading.Event()

    answers = [probes.run({"hangs": back.wait, "answers": lambda: None}) for _ in range(4)]

    back.set()
    assert answers == [{"hangs": False, "answers": True}] * 4


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_machines_may_use_an_ip_address_and_no_tls(
    prometheus: Client, settings: Settings, path: str
) -> None:
    settings.ALLOWED_HOSTS = ["homologa.example.com"]
    settings.SECURE_SSL_REDIRECT = True

    answer = prometheus.get(path, headers={"host": "10.0.0.7:8000"})

    assert answer.status_code == 200


def test_people_may_not_use_an_ip_address(client: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["homologa.example.com"]

    assert client.get("/admin/login/", headers={"host": "10.0.0.7"}).status_code == 400


def test_metrics_are_not_found_while_no_token_is_set(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""

    answers = [client.get("/metrics"), client.get("/metrics", headers={"authorization": "Bearer "})]

    assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize("shown", ["", TOKEN, "Bearer ", "Bearer a token", "Bearer ação"])
def test_metrics_are_refused_without_the_token(
    client: Client, settings: Settings, shown: str
) -> None:
    settings.METRICS_TOKEN = TOKEN

    answer = client.get("/metrics", headers={"authorization": shown})

    assert answer.status_code == 401
    assert b"homologa" not in answer.content


def test_metrics_show_the_present_state(prometheus: Client) -> None:
    job = JobFactory.create(status=JobStatus.PROCESSING)
    broken, quiet = RegionFactory.create(), RegionFactory.create()
    PairFactory.create_batch(2, job=job, region=quiet)
    PairFactory.create(job=job, region=quiet, status=PairStatus.QUEUED)
    StandingFactory.create(region=quiet, verdict=StandingStatus.CERTIFIED, stale_reason="EXPIRED")
    WorkerFactory.create()
    now = "2026-01-01T00:00:00Z"
    CircuitBreaker.objects.create(region=broken, opened_at=now, retry_at="2999-01-01T00:00:00Z")

    text = prometheus.get("/metrics").content

    assert total(text, "homologa_database_up") == total(text, "homologa_broker_up") == 1
    assert total(text, "homologa_queue_pairs", status="PENDING") == 2
    assert total(text, "homologa_queue_pairs", status="QUEUED") == 1
    assert total(text, "homologa_region_pairs", region=quiet.pk) == 3
    assert total(text, "homologa_breaker_state", region=broken.pk, state="OPEN") == 1
    assert total(text, "homologa_breaker_state", region=broken.pk) == 1
    assert total(text, "homologa_breaker_state", region=quiet.pk, state="CLOSED") == 1
    assert total(text, "homologa_workers", state="ALIVE") == 1
    assert total(text, "homologa_jobs", status="PROCESSING") == 1
    assert total(text, "homologa_standings", region=quiet.pk, verdict="CERTIFIED") == 1
    assert total(text, "homologa_stale_standings", region=quiet.pk) == 1


def test_standings_are_counted_where_the_matrix_shows_them(prometheus: Client) -> None:
    judged = {"verdict": StandingStatus.FAILED, "stale_reason": "EXPIRED"}
    here, gone = RegionFactory.create(), RegionFactory.create(is_active=False)
    StandingFactory.create(region=here, **judged)
    StandingFactory.create(region=here, model__is_active=False, **judged)
    StandingFactory.create(region=gone, **judged)

    text = prometheus.get("/metrics").content

    assert total(text, "homologa_standings", verdict="FAILED") == 1
    assert total(text, "homologa_stale_standings") == 1


@pytest.mark.usefixtures("database_away")
def test_without_a_database_metrics_still_show_the_counters(prometheus: Client) -> None:
    prometheus.get("/health/live")

    answer = prometheus.get("/metrics")

    assert answer.status_code == 200
    assert total(answer.content, "homologa_database_up") == 0
    assert total(answer.content, "homologa_http_requests_total", view="health-live") > 0
    assert b"homologa_queue_pairs" not in answer.content


@pytest.mark.parametrize("many", [1, 5])
def test_a_scrape_takes_ten_queries_whatever_there_is(
    django_assert_num_queries: DjangoAssertNumQueries, many: int
) -> None:
    PairFactory.create_batch(many)
    StandingFactory.create_batch(many)
    WorkerFactory.create_batch(many)

    # backlog 2, circuit breakers 4, workers 1, jobs 1, dead letters 1, standings 1
    with django_assert_num_queries(10):
        metrics.from_database()
