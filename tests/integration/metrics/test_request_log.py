"""Each request has an id, in its log lines and in a header of its response."""

from __future__ import annotations

import json
import logging
from typing import Any, NoReturn

import pytest
from asgiref.sync import async_to_sync
from axes.models import AccessFailureLog
from django.contrib.auth.models import User
from django.test import AsyncClient, Client

from certification import queries
from certification.accounts.roles import Role
from config.log_format import Json
from tests.factories.certification import someone
from tests.integration.api.conftest import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.handler.setFormatter(Json())
    caplog.set_level(logging.INFO)
    return caplog


def lines(log: pytest.LogCaptureFixture, logger: str) -> list[dict[str, Any]]:
    every = [json.loads(line) for line in log.text.splitlines()]
    return [line for line in every if line["logger"] == logger]


def test_a_given_id_is_kept(client: Client, log: pytest.LogCaptureFixture) -> None:
    answer = client.get("/admin/login/?next=/admin/", headers={"x-request-id": "trace-7"})

    assert answer.headers["X-Request-ID"] == "trace-7"
    (line,) = lines(log, "certification.api.request_log")
    assert line["request"] == "trace-7"
    assert line["message"].startswith("GET /admin/login/ 200 in ")


@pytest.mark.parametrize("given", ["", "two words", "x" * 65, 'a"b', "ação"])
def test_an_invalid_id_is_replaced(client: Client, given: str) -> None:
    shown = {client.get("/health/live", headers={"x-request-id": given}).headers["X-Request-ID"]}
    shown.add(client.get("/health/live").headers["X-Request-ID"])

    assert given not in shown
    assert [len(name) for name in shown] == [32, 32]


def test_a_line_says_who_asked_and_from_where(
    admin_client: Client, log: pytest.LogCaptureFixture
) -> None:
    admin_client.get("/admin/", REMOTE_ADDR="10.0.0.7")
    ana = client_of(someone(Role.VIEWER))
    ana.get("/api/certification-queue/regions", REMOTE_ADDR="10.0.0.8")
    Client().get("/admin/login/", REMOTE_ADDR="10.0.0.9")

    found = lines(log, "certification.api.request_log")
    name = User.objects.get(is_superuser=False).username
    assert [(line.get("user"), line["address"]) for line in found] == [
        ("admin", "10.0.0.7"),
        (name, "10.0.0.8"),
        (None, "10.0.0.9"),
    ]


def test_a_refused_request_says_so_too(log: pytest.LogCaptureFixture) -> None:
    ana = client_of(someone(Role.VIEWER))

    ana.get("/api/auth/tokens")

    (line,) = lines(log, "certification.api.request_log")
    assert " 403 in " in line["message"]
    assert line["user"] == User.objects.get().username


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/admin/login/", {"username": "{name}", "password": "wrong"}),
        ("/api/auth/login", {"email": "{name}", "password": "wrong"}),
    ],
)
def test_failed_sign_ins_are_logged_and_stay_after_the_lock_out(
    path: str, form: dict[str, str], log: pytest.LogCaptureFixture
) -> None:
    user = someone(Role.VIEWER)
    for name in (user.username, "my password by mistake"):
        given = {field: value.format(name=name) for field, value in form.items()}
        media = {"content_type": "application/json"} if "api" in path else {}
        Client().post(path, given, REMOTE_ADDR="10.0.0.7", **media)

    found = lines(log, "certification.accounts.sign_in")
    assert [(line["message"], line["address"]) for line in found] == [
        (f"sign-in failed, account {user.username}, from 10.0.0.7", "10.0.0.7"),
        ("sign-in failed, account unknown, from 10.0.0.7", "10.0.0.7"),
    ]
    assert AccessFailureLog.objects.filter(ip_address="10.0.0.7").count() == 2


def test_a_path_cannot_forge_a_log_line(client: Client, log: pytest.LogCaptureFixture) -> None:
    client.get("/a%0AINFO%20all%20is%20well")

    (line,) = lines(log, "certification.api.request_log")
    assert "\n" not in line["message"]


def test_an_error_is_logged_with_its_request(
    admin_client: Client, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> NoReturn:
        raise ZeroDivisionError

    monkeypatch.setattr(queries.statistics, "collect", fail)
    admin_client.raise_request_exception = False

    answer = admin_client.get("/admin/", headers={"x-request-id": "trace-8"})

    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] == "trace-8"
    (line,) = lines(log, "django.request")
    assert line["request"] == "trace-8"
    assert "ZeroDivisionError" in line["exception"]


@pytest.mark.django_db(transaction=True)
def test_it_is_the_same_under_an_asynchronous_server(
    async_client: AsyncClient, log: pytest.LogCaptureFixture
) -> None:
    get = async_to_sync(async_client.get)

    page = get("/admin/login/", headers={"x-request-id": "trace-9"})
    probe = get("/health/live", headers={"host": "10.0.0.7"})

    assert page.headers["X-Request-ID"] == "trace-9"
    assert lines(log, "certification.api.request_log")[0]["request"] == "trace-9"
    assert probe.status_code == 200
