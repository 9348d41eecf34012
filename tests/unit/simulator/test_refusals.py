"""Requests that AWS refuses: the same codes, messages and statuses."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .requests import NOVA, TOOLS, converse, text_of, user

OPUS = "anthropic.claude-opus-4-5-20251101-v1:0"


@pytest.mark.parametrize(
    ("model", "region", "more", "code", "message"),
    [
        ("no.such-model", "us-east-1", {}, "ValidationException", "identifier is invalid"),
        ("deepseek.v3-v1:0", "us-east-1", {}, "ValidationException", "identifier is invalid"),
        (f"eu.{OPUS}", "us-east-1", {}, "ValidationException", "identifier is invalid"),
        (OPUS, "us-east-1", {}, "ValidationException", "with on-demand throughput isn"),
        ("amazon.titan-embed-text-v2:0", "us-east-1", {}, "ValidationException", "text or chat"),
        ("meta.llama3-8b-instruct-v1:0", "us-east-1", {"toolConfig": TOOLS}, "ValidationException",
         "doesn't support tool use"),
        ("mistral.mistral-7b-instruct-v0:2", "us-east-1", {"system": [{"text": "Be brief."}]},
         "ValidationException", "doesn't support system messages"),
        ("us.anthropic.claude-opus-4-7", "us-east-1", {"inferenceConfig": {"temperature": 0.0}},
         "ValidationException", "temperature parameter is not supported"),
        (NOVA, "us-east-1", {"inferenceConfig": {"maxTokens": 10_000_000}}, "ValidationException",
         "exceeds the model limit"),
        ("us.amazon.nova-premier-v1:0", "us-east-1", {}, "ResourceNotFoundException",
         "end of its life"),
        ("us.anthropic.claude-opus-4-1-20250805-v1:0", "us-west-2", {}, "AccessDeniedException",
         "have access to the model"),
        ("eu.amazon.nova-pro-v1:0", "eu-west-1", {}, "AccessDeniedException", "service control"),
        ("google.gemma-3-12b-it", "ap-south-1", {}, "InternalServerException", "unexpected error"),
    ],
)  # fmt: skip
def test_a_call_is_refused_as_aws_would(
    client: Any, model: str, region: str, more: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        converse(client(region), "What is 1 + 1?", model=model, **more)
    assert refused.value.response["Error"]["Code"] == code
    headers = refused.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-errortype"].partition(":")[0] == code
    assert headers["x-homologa-simulated"] == "true"


def test_an_image_is_refused_by_a_model_without_image_input(client: Any) -> None:
    image = {"image": {"format": "png", "source": {"bytes": b"\x89PNG"}}}
    with pytest.raises(ClientError, match="doesn't support the image field"):
        converse(client(), "What is this?", image, model="amazon.nova-micro-v1:0")


def test_the_region_of_the_signature_decides_what_is_offered(client: Any) -> None:
    nova_pro = "amazon.nova-pro-v1:0"
    assert "Paris" in text_of(
        converse(client("us-east-1"), "The capital of France?", model=nova_pro)
    )
    with pytest.raises(ClientError, match="identifier is invalid"):
        converse(client("us-west-1"), "The capital of France?", model="eu." + nova_pro)


def test_a_profile_works_by_id_and_by_arn(client: Any) -> None:
    arn = f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{OPUS}"
    for name in (f"us.{OPUS}", f"global.{OPUS}", arn):
        assert "Paris" in text_of(converse(client(), "What is the capital of France?", model=name))


def test_malformed_conversations_are_refused(client: Any) -> None:
    said_by_model = {"role": "assistant", "content": [{"text": "Hello"}]}
    with pytest.raises(ClientError, match="must start with a user message"):
        client().converse(modelId=NOVA, messages=[said_by_model])
    with pytest.raises(ClientError, match="must alternate"):
        client().converse(modelId=NOVA, messages=[user("Hi"), user("Hi")])
    with pytest.raises(ClientError, match="is blank"):
        client().converse(modelId=NOVA, messages=[user("  ")])


@pytest.mark.parametrize(
    ("authorization", "body", "status", "code"),
    [
        ("", b"{}", 403, "MissingAuthenticationTokenException"),
        ("Basic abc", b"{}", 403, "IncompleteSignatureException"),
        ("SIGNED", b"{ not json", 400, "SerializationException"),
        ("SIGNED", b'{"messages": 3}', 400, "SerializationException"),
        ("SIGNED", b"[]", 400, "SerializationException"),
        ("SIGNED", b"[" * 100_000, 400, "SerializationException"),
    ],
)
def test_a_raw_request_that_no_sdk_sends_is_refused_too(
    endpoint: str, authorization: str, body: bytes, status: int, code: str
) -> None:
    scope = "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/bedrock/aws4_request"
    headers = {"Authorization": scope if authorization == "SIGNED" else authorization}
    request = urllib.request.Request(
        f"{endpoint}/model/{NOVA}/converse", body, {k: v for k, v in headers.items() if v}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    with refused.value as answer:
        told = answer.headers["x-amzn-ErrorType"].partition(":")[0]
        assert (answer.status, told) == (status, code)
        assert json.load(answer)["message"]


def test_weak_models_fail_as_their_behaviour_defines(client: Any) -> None:
    llama = "meta.llama3-8b-instruct-v1:0"
    assert text_of(converse(client(), "What is 17 * 23?", model=llama)) != "391"
    repeat = "Repeat the following line exactly:\nação"
    assert text_of(converse(client(), repeat, model=llama)) == "acao"
    order = "As JSON. Order: Ana bought 3 pens and has paid."
    assert "```json" in text_of(converse(client(), order, model="mistral.mistral-7b-instruct-v0:2"))
    weather = "What is the weather in Natal, in celsius?"
    for model, wrong in (
        ("mistral.ministral-3-3b-instruct", "convert_currency"),
        ("mistral.ministral-3-8b-instruct", "get_weather"),
    ):
        answer = converse(client(), weather, model=model, toolConfig=TOOLS)
        use = answer["output"]["message"]["content"][0]["toolUse"]
        assert use["name"] == wrong
        assert "city" not in use["input"]
