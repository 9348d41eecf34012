"""Refusals that AWS explains when it is asked: by the region, or by what of the account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bedrock_simulator import control
from bedrock_simulator.wire import Reply, encode
from certification.engine import BedrockTransport, Deadline, ModelSpec, certify
from certification.engine.account import Refusals
from certification.engine.errors import CallError, Category

SimulatorApi = Callable[..., Any]
MODEL = ModelSpec("amazon.nova-lite-v1:0", vendor="amazon")


@pytest.fixture
def account(endpoint: str) -> BedrockTransport:
    return BedrockTransport(endpoint, control_url=endpoint)


def certified(account: BedrockTransport, others: list[str]) -> tuple[str, str, str]:
    refusals = Refusals(account, lambda: others)
    found = certify(MODEL, "eu-south-1", account, Deadline(60), refusals=refusals)
    assert found.error is not None
    return found.verdict, found.error.category, found.error.text


def test_credentials_that_another_region_accepts_mean_a_region_that_is_not_enabled(
    account: BedrockTransport, simulator_api: SimulatorApi
) -> None:
    simulator_api("PUT", "faults", [{"fault": "credentials", "match": {"region": "eu-south-*"}}])

    verdict, category, text = certified(account, ["eu-south-1", "eu-south-2", "us-east-1"])

    assert (verdict, category) == ("BLOCKED", "ACCOUNT")
    assert "us-east-1 accepts the same credentials: eu-south-1 is not enabled for them" in text


def test_credentials_that_no_region_accepts_are_the_credentials_own_fault(
    account: BedrockTransport, simulator_api: SimulatorApi
) -> None:
    simulator_api("PUT", "faults", [{"fault": "credentials"}])

    assert certified(account, ["us-east-1", "us-west-2"])[:2] == ("INCONCLUSIVE", "CREDENTIALS")


@pytest.mark.parametrize("fault", ["error", "close", "garbage", "throttle"])
def test_a_region_in_trouble_says_nothing_about_the_credentials(
    account: BedrockTransport, simulator_api: SimulatorApi, fault: str
) -> None:
    simulator_api("PUT", "faults", [{"fault": fault, "match": {"region": "us-east-1"}}])
    simulator_api("PUT", "faults", [{"fault": "credentials", "match": {"region": "eu-south-1"}}])

    # Throttled and internal errors come after the signature was checked; the others show nothing.
    assert account.accepts_credentials("us-east-1", 5)


class Says:
    """An account that accepts credentials in `regions`, and says `states` about every model."""

    def __init__(self, states: dict[str, Any] | None = None, regions: tuple[str, ...] = ()) -> None:
        self.states, self.regions, self.asked = states or {}, regions, 0

    def accepts_credentials(self, region: str, seconds: float) -> bool:
        self.asked += 1
        return region in self.regions

    def availability(self, region: str, model_id: str, seconds: float) -> dict[str, Any]:
        self.asked += 1
        return self.states


def explained(account: Says, category: Category, code: str = "AccessDeniedException") -> CallError:
    refusals = Refusals(account, lambda: ["us-east-1", "us-west-2"])
    error = CallError(category, "refused", code=code, retry_after=120.0)
    return refusals.explained(error, "vendor.model-v1", "eu-south-1", Deadline(60))


def states(**changed: str) -> dict[str, Any]:
    values = {
        "agreement": "AVAILABLE",
        "authorization": "AUTHORIZED",
        "entitlement": "AVAILABLE",
        "region": "AVAILABLE",
    } | changed
    return {
        "agreementAvailability": {"status": values["agreement"]},
        "authorizationStatus": values["authorization"],
        "entitlementAvailability": values["entitlement"],
        "regionAvailability": values["region"],
    }


@pytest.mark.parametrize(
    ("changed", "category"),
    [
        ({"agreement": "NOT_AVAILABLE"}, "ACCESS"),
        ({"agreement": "PENDING"}, "ACCESS"),
        ({"agreement": "ERROR", "authorization": "NOT_AUTHORIZED"}, "ACCESS"),
        ({"authorization": "NOT_AUTHORIZED"}, "POLICY"),
        ({"authorization": "NOT_AUTHORIZED", "entitlement": "NOT_AVAILABLE"}, "POLICY"),
        ({"entitlement": "NOT_AVAILABLE"}, "ACCOUNT"),
        ({"region": "NOT_AVAILABLE", "entitlement": "NOT_AVAILABLE"}, "NOT_AVAILABLE"),
        ({}, "ACCESS"),
    ],
)
def test_no_access_is_told_apart(changed: dict[str, str], category: str) -> None:
    error = explained(Says(states(**changed)), Category.ACCESS)

    assert error.category == category
    assert error.text.startswith("refused (GetFoundationModelAvailability: region ")
    assert all(f"{name} {state}" in error.text for name, state in changed.items())
    assert error.retry_after == 120.0


@pytest.mark.parametrize("category", [Category.POLICY, Category.ACCOUNT])
def test_a_refusal_that_names_its_cause_keeps_it(category: Category) -> None:
    assert explained(Says(states(agreement="NOT_AVAILABLE")), category).category == category


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"agreementAvailability": None, "regionAvailability": 7},
        {"agreementAvailability": {"status": ["<script>"]}, "authorizationStatus": "<b>"},
    ],
)
def test_an_answer_of_another_shape_does_not_reach_the_text(answer: dict[str, Any]) -> None:
    error = explained(Says(answer), Category.ACCOUNT)

    assert error.category == "ACCOUNT"
    assert "<" not in error.text


@pytest.mark.parametrize("category", [Category.THROTTLED, Category.SERVICE, Category.CAPABILITY])
def test_other_errors_ask_nothing(category: Category) -> None:
    account = Says(states(agreement="NOT_AVAILABLE"), ("us-east-1",))

    assert explained(account, category).category == category
    assert account.asked == 0


@pytest.mark.parametrize("code", ["ExpiredTokenException", "InvalidSignatureException", ""])
def test_expired_credentials_are_tried_nowhere_else(code: str) -> None:
    account = Says(regions=("us-east-1",))

    assert explained(account, Category.CREDENTIALS, code).category == "CREDENTIALS"
    assert account.asked == 0


def test_an_api_key_of_another_region_is_the_account(account: BedrockTransport) -> None:
    error = explained(Says(regions=("us-west-2",)), Category.CREDENTIALS)

    assert error.category == "ACCOUNT"
    assert "us-west-2 accepts" in error.text


def test_availability_is_asked_once_for_a_pair() -> None:
    account = Says(states())
    refusals = Refusals(account, list)
    for _route in range(3):
        error = CallError(Category.ACCESS, "refused", code="AccessDeniedException")
        refusals.explained(error, "vendor.model-v1", "eu-south-1", Deadline(60))

    assert account.asked == 1


def test_the_real_client_asks_the_control_plane(
    account: BedrockTransport, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = account.availability("us-east-1", "amazon.nova-lite-v1:0", 5)
    assert found["authorizationStatus"] == "AUTHORIZED"
    assert account.availability("us-east-1", "vendor.nobody-knows-v1:0", 5) == {}
    assert BedrockTransport(endpoint).availability("us-east-1", "amazon.nova-lite-v1:0", 5) == {}

    def too_large(*_: object) -> Reply:
        return Reply(body=encode({"authorizationStatus": "x" * 100_000}))

    monkeypatch.setattr(control, "availability", too_large)
    assert account.availability("us-east-1", "amazon.nova-lite-v1:0", 5) == {}
