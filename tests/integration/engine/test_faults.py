"""Every fault of a call becomes an error category, never an exception or an internal error."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from certification.engine import (
    BedrockTransport,
    Category,
    Certification,
    Deadline,
    Kind,
    ModelSpec,
    Verdict,
    certify,
)

INCONCLUSIVE, FAILED = Verdict.INCONCLUSIVE, Verdict.FAILED
REGION = "us-east-1"
TEXT = ModelSpec("amazon.nova-lite-v1:0", capabilities={"streaming": True})
EMBEDDING = ModelSpec("amazon.titan-embed-text-v2:0", Kind.EMBEDDING, embedding_dimension=1024)
# Operation -> the certified model, and the first check that the fault affects.
OPERATIONS = {
    "converse": (TEXT, "answers"),
    "converse-stream": (TEXT, "streaming"),
    "invoke": (EMBEDDING, "embeds"),
}
FAULTS: dict[str, tuple[Category, Verdict]] = {
    "deny": (Category.ACCESS, Verdict.BLOCKED),
    "credentials": (Category.CREDENTIALS, INCONCLUSIVE),
    "garbage": (Category.PROTOCOL, FAILED),
    "wrong_content_type": (Category.PROTOCOL, FAILED),
}
# Faults that the transport retries.
PASSING: dict[str, tuple[Category, Verdict]] = {
    "throttle": (Category.THROTTLED, INCONCLUSIVE),
    "error": (Category.SERVICE, FAILED),
    "not_ready": (Category.NOT_READY, FAILED),
    "close": (Category.SERVICE, FAILED),
}


def met(found: Certification, check: str) -> Category | None:
    """Returns the category of the deciding error, which must be that of the affected check."""
    assert found.simulated
    assert found.error is not None
    [under_fault] = [one for one in found.results if one.id == check]
    assert under_fault.error == found.error
    assert under_fault.calls[-1].error
    return found.error.category


def certified_under(
    fault: str,
    operation: str,
    simulator_api: Any,
    transport: BedrockTransport,
    seconds: float,
    latency_ms: int = 0,
) -> Certification:
    rule = {"match": {"operation": operation}, "fault": fault}
    if latency_ms:
        rule["latency_ms"] = latency_ms
    simulator_api("PUT", "faults", [rule])
    return certify(OPERATIONS[operation][0], REGION, transport, Deadline(seconds))


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_becomes_its_category(
    transport: BedrockTransport, simulator_api: Any, fault: str, operation: str
) -> None:
    category, verdict = FAULTS[fault]
    found = certified_under(fault, operation, simulator_api, transport, 60)
    assert met(found, OPERATIONS[operation][1]) is category
    assert found.verdict is verdict


@pytest.mark.usefixtures("without_retries")
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_stays_becomes_its_category(
    transport: BedrockTransport, simulator_api: Any, fault: str, operation: str
) -> None:
    category, verdict = PASSING[fault]
    found = certified_under(fault, operation, simulator_api, transport, 60)
    assert met(found, OPERATIONS[operation][1]) is category
    assert found.verdict is verdict
    assert found.retries > 0


@pytest.mark.parametrize(
    ("operation", "category"),
    [
        # Half of a JSON text: botocore does not compare it with Content-Length.
        ("converse", Category.PROTOCOL),
        ("converse-stream", Category.STREAM_BROKEN),
        ("invoke", Category.STREAM_BROKEN),
    ],
)
def test_a_truncated_answer_is_broken_and_retried(
    transport: BedrockTransport, simulator_api: Any, operation: str, category: Category
) -> None:
    found = certified_under("cut_stream", operation, simulator_api, transport, 60)
    assert met(found, OPERATIONS[operation][1]) is category
    assert found.verdict is FAILED
    assert found.retries == 1


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(("fault", "latency_ms"), [("hang", 0), ("slow", 60_000)])
def test_a_call_that_takes_too_long_ends_with_the_deadline(
    transport: BedrockTransport, simulator_api: Any, fault: str, latency_ms: int, operation: str
) -> None:
    found = certified_under(fault, operation, simulator_api, transport, 4, latency_ms)
    assert met(found, OPERATIONS[operation][1]) is Category.DEADLINE
    assert found.verdict is FAILED


def test_a_fault_that_passes_is_waited_out_by_the_transport(
    transport: BedrockTransport, simulator_api: Any
) -> None:
    simulator_api("PUT", "faults", [{"fault": "throttle", "count": 1}])
    found = certify(TEXT, REGION, transport, Deadline(60))
    assert found.verdict is Verdict.PASSED
    assert found.error is None


@pytest.mark.usefixtures("without_retries")
def test_faults_of_graded_checks_alone_make_no_false_alarm(
    transport: BedrockTransport, simulator_api: Any
) -> None:
    simulator_api("PUT", "faults", [{"match": {"operation": "converse"}, "fault": "throttle",
                             "rate": 0.12}])  # fmt: skip
    found = certify(TEXT, REGION, transport, Deadline(60))
    assert found.verdict is Verdict.PASSED
    assert found.score == 100.0
    assert Category.THROTTLED in {one.error.category for one in found.results if one.error}
    assert found.retries == 0


@pytest.mark.usefixtures("without_retries")
def test_a_refused_connection_is_the_network() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = BedrockTransport(f"http://127.0.0.1:{taken.getsockname()[1]}")
        found = certify(TEXT, REGION, nobody, Deadline(60))
    assert found.verdict is INCONCLUSIVE
    assert found.error is not None
    assert found.error.category is Category.NETWORK
    assert found.score is None
    assert len([call for one in found.results for call in one.calls]) == 1
