"""Redis does not answer: what needs no broker goes on, with limits kept by each process."""

from __future__ import annotations

import json
import pickle
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from kombu.exceptions import OperationalError as BrokerError
from pytest_django import Settings
from rest_framework.test import APIClient

from certification import cache as our_cache
from certification.accounts.roles import Role
from certification.api import throttling
from certification.models import CertificationJob
from certification.states import JobStatus
from tests.factories.certification import JobFactory, offered, someone
from tests.integration.admin.conftest import signed_in
from tests.integration.api.conftest import client_of
from tests.integration.conftest import RecordedBroker

pytestmark = pytest.mark.django_db
QUEUE = "/api/certification-queue"


@pytest.fixture(params=["refuses", "does not answer"])
def away(
    request: pytest.FixtureRequest,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    queued: RecordedBroker,
) -> Iterator[None]:
    """A port that refuses connections, or one that accepts them and sends nothing."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    if request.param == "refuses":
        listener.close()
    settings.CACHES = {
        "default": {
            "BACKEND": "certification.cache.ForgivingRedisCache",
            "LOCATION": f"redis://127.0.0.1:{port}/0",
            "OPTIONS": {"serializer": "certification.cache.Json", "socket_timeout": 0.2},
        }
    }
    monkeypatch.setattr(our_cache, "_outage", our_cache._Outage())
    queued.broken = BrokerError("refused")
    yield
    LocMemCache("redis-is-away", {}).clear()
    listener.close()


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize(
    "path",
    [
        "history",
        "jobs/{job}",
        "jobs/{job}/certifications",
        "stats",
        "matrix",
        "dead-letters",
        "breakers",
        "regions",
        "models",
        "certifications",
    ],
)
def test_the_api_is_read(path: str) -> None:
    ended = JobFactory.create(status=JobStatus.COMPLETED, completed_at="2026-01-01T00:00:00Z")
    bruno = client_of(someone(Role.VIEWER))

    statuses = {bruno.get(f"{QUEUE}/{path}".format(job=ended.pk)).status_code for _ in range(3)}

    assert statuses == {200}


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("path", ["", "jobs/", "matrix/", "workers/", "people/", "account/"])
def test_screens_are_read(path: str) -> None:
    assert signed_in(Role.ADMINISTRATOR).get(f"/admin/{path}").status_code == 200


@pytest.mark.usefixtures("away")
def test_a_job_is_opened_and_waits_for_the_broker() -> None:
    (model,), (region,) = offered()
    ana = client_of(someone(Role.OPERATOR))

    wanted = {"modelId": model, "region": region}
    answer = ana.post(f"{QUEUE}/certify-model", wanted, format="json")

    assert answer.status_code == 201, answer.content
    assert CertificationJob.objects.count() == 1


@pytest.mark.usefixtures("away")
def test_people_sign_in_and_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    user = someone(Role.VIEWER)
    user.set_password("correct horse battery")
    user.save()
    monkeypatch.setattr(throttling.ScopeThrottle, "get_rate", lambda _throttle: "2/min")
    given = {"email": user.username, "password": "correct horse battery"}

    answers = [APIClient().post("/api/auth/login", given, format="json") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


@pytest.mark.usefixtures("away")
def test_only_the_first_request_waits_for_redis() -> None:
    cache.get("first")
    started = time.monotonic()
    for _ in range(200):
        cache.get("x")

    assert time.monotonic() - started < 2


@pytest.mark.usefixtures("away")
def test_nothing_large_is_kept_in_the_process() -> None:
    cache.set("small", [1, "a"])
    cache.set("large", "x" * 100_000)

    assert cache.get("small") == [1, "a"]
    assert cache.get("large") is None


def test_of_requests_at_the_same_time_no_more_than_the_limit_are_let_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class View:
        throttle_scope = "login"

    class Request:
        user = None
        headers: dict[str, str] = {}  # noqa: RUF012
        META = {"REMOTE_ADDR": "10.0.0.1"}  # noqa: RUF012

    monkeypatch.setattr(throttling.ScopeThrottle, "get_rate", lambda _throttle: "5/min")

    def ask(_n: int) -> bool:
        return throttling.ScopeThrottle().allow_request(Request(), View())  # type: ignore[arg-type]

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(ask, range(60))) == 5


@pytest.mark.parametrize(
    "value", [0, 12, -1, True, None, 1.5, "12", "text", [], {"a": [1, "é"]}, "\ud800"]
)
def test_what_is_cached_is_json_and_comes_back_as_it_was(value: object) -> None:
    stored = our_cache.Json().dumps(value)

    assert json.loads(stored if isinstance(stored, bytes) else str(stored)) == value
    assert our_cache.Json().loads(str(stored).encode() if type(stored) is int else stored) == value  # type: ignore[arg-type]


def test_what_is_no_json_counts_as_missing() -> None:
    assert our_cache.Json().loads(pickle.dumps(UUID(int=1))) is None
