"""The transport's retries, and its read timeouts."""

from __future__ import annotations

import time

import pytest

from certification.engine import BedrockTransport, Category
from certification.engine import transport as transports
from certification.engine.errors import CallError
from certification.engine.transport import Reply
from tests.integration.engine.stub_server import PARIS, StubServer

REQUEST = {"modelId": "m", "messages": [{"role": "user", "content": [{"text": "Hello"}]}]}


@pytest.fixture(autouse=True)
def _quick(stub_server: StubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "MAX_BACKOFFS", (0.01, 0.02))
    stub_server.body = PARIS


def asked(stub_server: StubServer, seconds: float = 60) -> Reply:
    return BedrockTransport(stub_server.url).converse("us-east-1", dict(REQUEST), seconds)


def refused(stub_server: StubServer, seconds: float = 60) -> CallError:
    with pytest.raises(CallError) as refusal:
        asked(stub_server, seconds)
    return refusal.value


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_quick_refusal_is_retried_twice(stub_server: StubServer, status: int) -> None:
    stub_server.refusals = [(status, "")] * 2
    assert asked(stub_server).body["stopReason"] == "end_turn"
    assert len(stub_server.authorizations) == 3


def test_the_third_refusal_is_final(stub_server: StubServer) -> None:
    stub_server.refusals = [(429, "")] * 3
    assert refused(stub_server).category is Category.THROTTLED
    assert len(stub_server.authorizations) == 3


@pytest.mark.parametrize("status", [400, 403, 404, 408, 424])
def test_lasting_errors_are_not_retried(stub_server: StubServer, status: int) -> None:
    stub_server.refusals = [(status, "")]
    refused(stub_server)
    assert len(stub_server.authorizations) == 1


def test_with_little_time_left_the_first_refusal_is_final(stub_server: StubServer) -> None:
    stub_server.refusals = [(503, "")]
    assert refused(stub_server, seconds=9).category is Category.SERVICE
    assert len(stub_server.authorizations) == 1


def test_a_short_retry_after_is_honoured(stub_server: StubServer) -> None:
    stub_server.refusals = [(429, "0.3")]
    began = time.monotonic()
    asked(stub_server)
    assert time.monotonic() - began >= 0.3


def test_a_long_retry_after_is_left_to_the_pair(stub_server: StubServer) -> None:
    stub_server.refusals = [(429, "30")]
    assert refused(stub_server).retry_after == 30
    assert len(stub_server.authorizations) == 1


@pytest.mark.parametrize(("fair", "category"), [(1, Category.TIMEOUT), (2, Category.DEADLINE)])
def test_a_read_timeout_is_not_retried_and_is_the_models_if_it_was_long_enough(
    stub_server: StubServer, monkeypatch: pytest.MonkeyPatch, fair: int, category: Category
) -> None:
    monkeypatch.setattr(transports, "READ_TIMEOUTS", (1,))
    monkeypatch.setattr(transports, "MIN_FAIR_READ_TIMEOUT", fair)
    stub_server.seconds = 60
    assert refused(stub_server).category is category
    assert len(stub_server.authorizations) == 1


@pytest.mark.parametrize(
    ("left", "patience"),
    [(300, 180), (150, 90), (80, 60), (17.5, 15), (14, 10), (2.5, 2), (0.1, 1)],
)
def test_the_read_timeout_is_as_long_as_the_deadline_allows(left: float, patience: int) -> None:
    assert transports._read_timeout(left) == patience
