"""The database, the broker or the cache is away: said plainly, in the envelope, with when to come
back."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
import redis
from django.db import InterfaceError, OperationalError
from django.test import Client
from knox.auth import TokenAuthentication
from kombu.exceptions import OperationalError as BrokerError
from rest_framework.test import APIClient

from certification import queries
from certification.api.views import registry

pytestmark = pytest.mark.django_db
STATS = "/api/certification-queue/stats"


def broken_by(error: Exception) -> Any:
    def fail(*_args: object, **_more: object) -> NoReturn:
        raise error

    return fail


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("the connection is closed"),
        InterfaceError("connection already closed"),
        BrokerError("refused"),
        redis.exceptions.ConnectionError("refused"),
        redis.exceptions.TimeoutError("timed out"),
    ],
    ids=["database", "connection", "broker", "cache", "cache that is slow"],
)
def test_the_api_answers_503_in_the_envelope(
    bruno: APIClient, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    bruno.raise_request_exception = False
    monkeypatch.setattr(queries.statistics, "collect", broken_by(error))

    answer = bruno.get(STATS)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["error"]["code"] == "unavailable"


def test_a_token_that_cannot_be_looked_up_is_not_called_wrong(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.raise_request_exception = False
    away = broken_by(OperationalError("the connection is closed"))
    monkeypatch.setattr(TokenAuthentication, "authenticate_credentials", away)

    answer = client.get(STATS, headers={"authorization": "Bearer hml_whatever"})

    assert answer.status_code == 503


def test_the_screens_answer_503_as_a_page(
    monkeypatch: pytest.MonkeyPatch, admin_client: Client
) -> None:
    admin_client.raise_request_exception = False
    monkeypatch.setattr(queries.statistics, "collect", broken_by(OperationalError("closed")))

    answer = admin_client.get("/admin/")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert b"Away for a moment" in answer.content


def test_a_fault_of_our_own_is_a_500_in_the_envelope(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.raise_request_exception = False
    monkeypatch.setattr(registry.UnknownView, "dispatch", broken_by(ZeroDivisionError("a bug")))

    answer = client.get("/api/nowhere")

    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal_error"
    assert "a bug" not in answer.content.decode()
