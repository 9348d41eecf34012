"""Faults that are set at run time, quotas that throttle at first, and the counters."""

from __future__ import annotations

import threading
import urllib.error
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EventStreamError,
    ReadTimeoutError,
)
from urllib3.exceptions import ProtocolError

from bedrock_simulator.faults import Asked, BadRule, first_applicable, read_rules

from .requests import NOVA, converse, text_of, user

ASKED = Asked("m", "r", "converse", "m")
QUESTION = "What is the capital of France?"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("throttle", "ThrottlingException"),
        ("deny", "AccessDeniedException"),
        ("error", "InternalServerException"),
        ("not_ready", "ModelNotReadyException"),
        ("credentials", "UnrecognizedClientException"),
    ],
)
def test_a_fault_answers_with_its_error_until_it_is_cleared(
    client: Any, simulator_api: Any, fault: str, code: str
) -> None:
    simulator_api("PUT", "faults", [{"fault": fault}])
    with pytest.raises(ClientError) as refused:
        converse(client(), QUESTION)
    assert refused.value.response["Error"]["Code"] == code
    assert simulator_api("GET", "faults")[0]["hits"] == 1
    assert simulator_api("DELETE", "faults") == []
    assert "Paris" in text_of(converse(client(), QUESTION))


def test_a_fault_affects_only_what_its_globs_match(client: Any, simulator_api: Any) -> None:
    match = {"model": "amazon.nova-l*", "region": "us-*", "operation": "converse"}
    simulator_api("PUT", "faults", [{"match": match, "fault": "error"}])
    with pytest.raises(ClientError):
        converse(client(), QUESTION)
    with pytest.raises(ClientError):
        converse(client(), QUESTION, model=f"us.{NOVA}")
    assert "Paris" in text_of(converse(client(), QUESTION, model="amazon.nova-micro-v1:0"))
    assert "Paris" in text_of(converse(client("eu-west-2"), QUESTION))
    streamed = client().converse_stream(modelId=NOVA, messages=[user(QUESTION)])
    assert len(list(streamed["stream"])) > 3


def test_rate_and_count_are_spread_by_counting() -> None:
    [rule] = read_rules([{"fault": "error", "rate": 0.25, "count": 2}])
    hits = [first_applicable([rule], ASKED) is not None for _ in range(12)]
    assert [place for place, hit in enumerate(hits, start=1) if hit] == [4, 8]


def test_a_rule_can_begin_after_some_requests() -> None:
    [rule] = read_rules([{"fault": "error", "after": 3, "rate": 0.5}])
    hits = [first_applicable([rule], ASKED) is not None for _ in range(8)]
    assert [place for place, hit in enumerate(hits, start=1) if hit] == [5, 7]


def test_a_connection_can_be_closed_cut_or_left_hanging(client: Any, simulator_api: Any) -> None:
    simulator_api("PUT", "faults", [{"fault": "close", "count": 1}])
    with pytest.raises(ConnectionClosedError):
        converse(client(), QUESTION)
    simulator_api("PUT", "faults", [{"fault": "cut_stream", "count": 1}])
    stream = client().converse_stream(modelId=NOVA, messages=[user(QUESTION)])["stream"]
    with pytest.raises(ProtocolError):
        list(stream)
    simulator_api("PUT", "faults", [{"fault": "hang", "count": 1}])
    with pytest.raises(ReadTimeoutError):
        converse(client(read_timeout=0.3), QUESTION)
    assert "Paris" in text_of(converse(client(), QUESTION))


def test_garbage_cannot_be_parsed(client: Any, simulator_api: Any) -> None:
    simulator_api("PUT", "faults", [{"fault": "garbage"}])
    with pytest.raises(Exception, match=r"codec|parse"):
        converse(client(), QUESTION)
    stream = client().converse_stream(modelId=NOVA, messages=[user(QUESTION)])["stream"]
    with pytest.raises(Exception, match=r"Checksum mismatch"):
        list(stream)
    simulator_api("PUT", "faults", [{"fault": "wrong_content_type"}])
    answer = converse(client(), QUESTION)
    assert "output" not in answer
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "text/html"


def test_a_slow_answer_is_delayed(client: Any, simulator_api: Any) -> None:
    simulator_api("PUT", "faults", [{"fault": "slow", "latency_ms": 150, "count": 1}])
    done = threading.Event()

    def slow() -> None:
        converse(client(), QUESTION)
        done.set()

    thread = threading.Thread(target=slow)
    thread.start()
    assert not done.wait(0.1)
    thread.join(60)
    assert done.is_set()


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({}, "must be a JSON list"),
        ([{"fault": "explode"}], "rule 1: 'fault' must be one of throttle"),
        ([{"fault": "deny"}, {"fault": "deny", "rate": 2}], "rule 2: 'rate' must be"),
        ([{"fault": "deny", "count": -1}], "'count' must be"),
        ([{"fault": "deny", "after": -1}], "'after' must be"),
        ([{"fault": "deny", "seed": 1.5}], "'seed' must be"),
        ([{"fault": "deny", "latency_ms": "1"}], "'latency_ms' must be"),
        ([{"fault": "deny", "match": {"vendor": "x"}}], "unknown key 'vendor' in 'match'"),
        ([{"fault": "deny", "often": True}], "unknown key 'often'"),
    ],
)
def test_bad_rules_are_refused_by_number(rules: Any, message: str) -> None:
    with pytest.raises(BadRule, match=message):
        read_rules(rules)


def test_a_bad_list_changes_nothing(simulator_api: Any) -> None:
    simulator_api("PUT", "faults", [{"fault": "deny"}])
    with pytest.raises(urllib.error.HTTPError) as refused:
        simulator_api("PUT", "faults", [{"fault": "error"}, {"fault": "nonsense"}])
    refused.value.close()
    assert refused.value.code == 400
    assert [rule["fault"] for rule in simulator_api("GET", "faults")] == ["deny"]


def test_a_small_quota_throttles_at_first_in_each_region_until_reset(
    client: Any, simulator_api: Any
) -> None:
    def refusals(region: str) -> int:
        for count in range(20):
            try:
                converse(client(region), QUESTION, model="minimax.minimax-m2")
            except client(region).exceptions.ThrottlingException:
                continue
            return count
        raise AssertionError("it never answered")

    assert [refusals(region) for region in ("sa-east-1", "us-east-1", "sa-east-1")] == [2, 2, 0]
    simulator_api("POST", "reset")
    assert refusals("sa-east-1") == 2


def test_the_counters_count_operations_and_statuses(client: Any, simulator_api: Any) -> None:
    converse(client(), QUESTION)
    list(client().converse_stream(modelId=NOVA, messages=[user(QUESTION)])["stream"])
    with pytest.raises(ClientError):
        converse(client(), QUESTION, model="no.such-model")
    stats = simulator_api("GET", "stats")
    assert stats["operations"] == {"converse": 2, "converse-stream": 1}
    assert stats["statuses"] == {"200": 2, "400": 1}
    # At most is not said: requests that earlier tests gave up may still hang in the simulator.
    assert stats["maxInFlight"] >= 1
    assert simulator_api("GET", "health")["status"] == "ok"


def test_an_exception_in_a_stream_is_the_models_behaviour_not_a_fault(
    client: Any, simulator_api: Any
) -> None:
    streamed = client().converse_stream(
        modelId="moonshot.kimi-k2-thinking", messages=[user(QUESTION)]
    )
    with pytest.raises(EventStreamError):
        list(streamed["stream"])
    assert simulator_api("GET", "stats")["statuses"] == {"200": 1}
