"""Refusals, gateways and misbehaviour that can be set while the simulator runs."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError

from bedrock_simulator.faults import FAULTS
from bedrock_simulator.gateways import GATEWAYS
from bedrock_simulator.hostile import PLANS, Hostile
from bedrock_simulator.refusals import REFUSALS, STREAM_REFUSALS
from bedrock_simulator.wire import STATUS

from .requests import NOVA, TOOLS, converse, text_of, user

QUESTION = "What is the capital of France?"
HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
SCHEMA = {
    "textFormat": {
        "type": "json_schema",
        "structure": {
            "jsonSchema": {
                "name": "order",
                "schema": json.dumps({"type": "object", "properties": {"a": {"type": "string"}}}),
            }
        },
    }
}


def streamed(runtime: Any, text: str = QUESTION, **more: Any) -> list[Any]:
    return list(runtime.converse_stream(modelId=NOVA, messages=[user(text)], **more)["stream"])


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_has_the_code_the_status_and_the_text_of_aws(
    client: Any, simulator_api: Any, name: str
) -> None:
    simulator_api("PUT", "faults", [{"fault": name}])
    with pytest.raises(ClientError) as refused:
        converse(client(), QUESTION)
    code, text = REFUSALS[name]
    answer = refused.value.response
    assert answer["Error"]["Code"] == code
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == STATUS[code]
    assert answer["Error"]["Message"].startswith(text.partition("{")[0])
    assert "{" not in answer["Error"]["Message"]


def test_a_denial_names_the_action_and_the_model(client: Any, simulator_api: Any) -> None:
    simulator_api("PUT", "faults", [{"fault": "scp_denied"}])
    with pytest.raises(ClientError, match=rf"InvokeModelWithResponseStream on .*/{NOVA} with an"):
        streamed(client())


@pytest.mark.parametrize("name", STREAM_REFUSALS)
def test_a_stream_can_end_in_an_exception_after_its_first_events(
    client: Any, simulator_api: Any, name: str
) -> None:
    simulator_api("PUT", "faults", [{"fault": name}])
    with pytest.raises(EventStreamError) as broken:
        streamed(client())
    code = STREAM_REFUSALS[name][0]
    assert broken.value.response["Error"]["Code"] == code[0].lower() + code[1:]
    assert "Paris" in text_of(converse(client(), QUESTION))


@pytest.mark.parametrize("name", GATEWAYS)
def test_a_gateway_answers_in_the_services_place(
    endpoint: str, simulator_api: Any, name: str
) -> None:
    simulator_api("PUT", "faults", [{"fault": name}])
    path = f"/model/{NOVA}/converse"
    connection = http.client.HTTPConnection(endpoint.partition("//")[2], timeout=60)
    scope = "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/bedrock/aws4_request"
    connection.request("POST", path, b"{}", {"Authorization": scope})
    answer = connection.getresponse()
    expected = GATEWAYS[name]
    assert (answer.status, answer.read()) == (expected.status, expected.body)
    assert answer.headers["content-type"] == expected.content_type
    assert ("x-amzn-errortype" in answer.headers) is (name == "gateway_aws")
    connection.close()


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("silent", ""),
        ("banana", "banana"),
        ("echo", QUESTION),
        ("refuses_all", "I'm sorry, but I can't help with that."),
        ("half_dead", "The capital of France is Paris."),
        ("truncated", "The capital of "),
        ("quotes_thought_tag", 'is Paris. (I never write "</think>" in an answer.)'),
        ("thinks_in_think", "</think>\n\nThe capital of France is Paris."),
        ("thinks_in_reasoning", "</reasoning>The capital of France is Paris."),
        ("guardrail_intervened", "Sorry, the model cannot answer this question."),
        ("content_filtered", ""),
    ],
)
def test_a_model_can_be_made_to_misbehave(
    client: Any, simulator_api: Any, fault: str, text: str
) -> None:
    simulator_api("PUT", "faults", [{"fault": fault}])
    answer = converse(client(), QUESTION)
    assert text_of(answer).endswith(text)
    assert text or not answer["output"]["message"]["content"]


@pytest.mark.parametrize(
    ("fault", "stop"),
    [
        ("truncated", "max_tokens"),
        ("guardrail_intervened", "guardrail_intervened"),
        ("content_filtered", "content_filtered"),
        ("malformed_tool_use", "malformed_tool_use"),
        ("malformed_model_output", "malformed_model_output"),
    ],
)
def test_an_answer_can_end_for_another_reason(
    client: Any, simulator_api: Any, fault: str, stop: str
) -> None:
    simulator_api("PUT", "faults", [{"fault": fault}])
    question = "What is the weather in Lima, in celsius?"
    assert converse(client(), question, toolConfig=TOOLS)["stopReason"] == stop
    [told] = [event["messageStop"] for event in streamed(client(), question, toolConfig=TOOLS)
              if "messageStop" in event]  # fmt: skip
    assert told["stopReason"] == stop


@pytest.mark.parametrize(
    ("fault", "more", "message"),
    [
        ("refuses_tools", {"toolConfig": TOOLS}, "doesn't support tool use"),
        ("breaks_on_tools", {"toolConfig": TOOLS}, "invalid sequence as part of ToolUse"),
        ("refuses_schema", {"outputConfig": SCHEMA}, "Extra inputs are not permitted"),
        ("refuses_system", {"system": [{"text": "Be brief."}]}, "support system messages"),
        ("refuses_stop", {"inferenceConfig": {"stopSequences": ["x"]}}, "stopSequences field"),
    ],
)
def test_a_feature_can_be_refused_and_only_it(
    client: Any, simulator_api: Any, fault: str, more: dict[str, Any], message: str
) -> None:
    simulator_api("PUT", "faults", [{"fault": fault}])
    with pytest.raises(ClientError, match=message):
        converse(client(), QUESTION, model=HAIKU, **more)
    assert "Paris" in text_of(converse(client(), QUESTION, model=HAIKU))


def test_a_fault_can_affect_one_kind_of_route(client: Any, simulator_api: Any) -> None:
    simulator_api("PUT", "faults", [{"fault": "needs_profile", "match": {"route": "IN_REGION"}}])
    with pytest.raises(ClientError, match=f"model ID {NOVA} with on-demand throughput"):
        converse(client(), QUESTION)
    assert "Paris" in text_of(converse(client(), QUESTION, model=f"us.{NOVA}"))
    simulator_api("PUT", "faults", [{"fault": "scp_denied", "match": {"route": "GLOBAL"}}])
    with pytest.raises(ClientError, match="service control policy"):
        converse(client(), QUESTION, model=HAIKU.replace("us.", "global."))
    assert "Paris" in text_of(converse(client(), QUESTION, model=HAIKU))


def test_a_fault_can_affect_requests_by_their_body(client: Any, simulator_api: Any) -> None:
    simulator_api("PUT", "faults", [{"fault": "silent", "match": {"body": '*"toolConfig"*'}}])
    assert text_of(converse(client(), QUESTION)) != ""
    assert not converse(client(), QUESTION, toolConfig=TOOLS)["output"]["message"]["content"]


def test_hits_are_drawn_at_random_by_a_seed(client: Any, simulator_api: Any) -> None:
    def blanks(seed: int) -> list[int]:
        simulator_api("PUT", "faults", [{"fault": "silent", "rate": 0.3, "seed": seed}])
        return [n for n in range(20) if not text_of(converse(client(), QUESTION))]

    first = blanks(1)
    assert 0 < len(first) < 20
    assert blanks(1) == first
    assert blanks(2) != first


def test_thought_and_text_can_share_a_block_of_a_stream(client: Any, simulator_api: Any) -> None:
    simulator_api("PUT", "faults", [{"fault": "mixes_blocks"}])
    events = client().converse_stream(modelId=HAIKU, messages=[user(QUESTION)])["stream"]
    deltas = [event["contentBlockDelta"] for event in events if "contentBlockDelta" in event]
    assert {delta["contentBlockIndex"] for delta in deltas} == {0}
    assert {kind for delta in deltas for kind in delta["delta"]} == {"reasoningContent", "text"}


@pytest.mark.parametrize("fault", ["drip", "endless_stream"])
def test_a_client_can_leave_an_answer_that_does_not_end(
    client: Any, simulator_api: Any, fault: str
) -> None:
    simulator_api("PUT", "faults", [{"fault": fault}])
    before = simulator_api("GET", "stats")["inFlight"]
    stream = client().converse_stream(modelId=NOVA, messages=[user(QUESTION)])["stream"]
    if fault == "endless_stream":
        assert len([event for event, _n in zip(stream, range(60), strict=False)]) == 60
    stream.close()
    for _try in range(100):
        if simulator_api("GET", "stats")["inFlight"] <= before:
            return
    raise AssertionError("the simulator still sends")


@pytest.mark.parametrize(
    ("fault", "missing"),
    [
        ("agreement_missing", "agreementAvailability"),
        ("scp_denied", "authorizationStatus"),
        ("operation_not_allowed", "entitlementAvailability"),
    ],
)
def test_the_control_plane_tells_what_the_account_lacks(
    client: Any, simulator_api: Any, fault: str, missing: str
) -> None:
    simulator_api("PUT", "faults", [{"fault": fault, "match": {"model": NOVA}}])
    control = client(service="bedrock")
    found = control.get_foundation_model_availability(modelId=NOVA)
    told = {
        "agreementAvailability": found["agreementAvailability"]["status"],
        "authorizationStatus": found["authorizationStatus"],
    }
    assert told.get(missing, "NOT_AVAILABLE").startswith("NOT_A")
    assert found["entitlementAvailability"] == "NOT_AVAILABLE"
    assert control.get_foundation_model_availability(modelId="amazon.nova-micro-v1:0")[
        "entitlementAvailability"
    ] == "AVAILABLE"  # fmt: skip


def test_a_region_that_is_not_enabled_knows_no_key_on_either_plane(
    client: Any, simulator_api: Any
) -> None:
    match = {"region": "eu-south-1"}
    simulator_api("PUT", "faults", [{"fault": "region_not_enabled", "match": match}])
    for refused in (
        lambda: client("eu-south-1", "bedrock").list_foundation_models(),
        lambda: converse(client("eu-south-1"), QUESTION, model="eu.amazon.nova-lite-v1:0"),
    ):
        with pytest.raises(ClientError, match="security token included in the request is invalid"):
            refused()
    assert client(service="bedrock").list_foundation_models()["modelSummaries"]


def test_the_hostile_mode_draws_the_same_faults_for_the_same_seed() -> None:
    def drawn(seed: int) -> list[str]:
        mode = Hostile(seed)
        pairs = [(f"model-{n}", "us-east-1") for n in range(200)]
        return [rule.fault for pair in pairs for rule in mode.rules_for(*pair)]

    assert drawn(7) == drawn(7) != drawn(8)
    assert 100 < len(drawn(7)) < 190
    assert {fault for fault, _rate, _count in PLANS} <= set(FAULTS)


def test_the_hostile_mode_is_set_shown_and_ended_while_it_runs(
    client: Callable[..., Any], simulator_api: Any
) -> None:
    assert simulator_api("PUT", "hostile", {"seed": 3}) == {"seed": 3, "pairs": []}
    for region in ("us-east-1", "us-west-2", "eu-west-2"):
        try:
            converse(client(region), QUESTION, model="mistral.mistral-large-2402-v1:0")
        except ClientError:
            continue
    shown = simulator_api("GET", "hostile")["pairs"]
    assert len(shown) == 3
    assert any(pair["rule"] for pair in shown)
    assert simulator_api("DELETE", "hostile") is None
    assert "Paris" in text_of(converse(client(), QUESTION))
    with pytest.raises(urllib.error.HTTPError) as refused:
        simulator_api("PUT", "hostile", {"seed": "x"})
    refused.value.close()
    assert refused.value.code == 400
