"""The transport against a server with unusual answers, with all AWS variables set."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from certification.engine import (
    BedrockTransport,
    Category,
    Certification,
    Deadline,
    ModelSpec,
    Verdict,
    certify,
)
from tests.integration.engine.stub_server import StubServer

pytestmark = pytest.mark.usefixtures("without_retries")

TEXT = ModelSpec("amazon.nova-lite-v1:0", capabilities={"streaming": True})


def first_error(found: Certification) -> Category | None:
    return found.error.category if found.error else None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "5",
        "{}",
        '{"output": null}',
        '{"output": []}',
        '{"output": {"message": null}}',
        '{"output": {"message": {"content": "hello"}}}',
        '{"output": {"message": {"content": [null]}}}',
        '{"output": {"message": {"content": [5]}}}',
        '{"output": {"message": {"content": [{}]}}}',
        '{"output": {"message": {"content": [{"text": 5}]}}}',
        '{"output": {"message": {"content": [{"text": "Paris"}, {"toolUse": "x"}]}}}',
        '{"output": {"message": {"content": [{"text": "Paris"}]}}, "usage": []}',
        '{"output": {"message": {"content": [{"text": "Paris"}]}}, "usage": {"inputTokens": "x"}}',
        '{"output": {"message": {"content": [{"text": "P"}]}}, "usage": {"inputTokens": 1e999}}',
        "[" * 100_000,
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_not_the_protocol(stub_server: StubServer, body: str) -> None:
    stub_server.body = body.encode()
    found = certify(TEXT, "us-east-1", BedrockTransport(stub_server.url), Deadline(60))
    assert first_error(found) is Category.PROTOCOL
    assert found.verdict is Verdict.FAILED


@pytest.mark.parametrize(
    "body",
    [
        '{"output": {"message": {"content": null}}}',
        '{"output": {"message": {"content": []}}, "stopReason": null, "usage": null}',
        '{"output": {"message": {"content": [{"hologram": {"a": 1}}]}}}',
    ],
)
def test_an_answer_without_words_is_a_failed_check(stub_server: StubServer, body: str) -> None:
    stub_server.body = body.encode()
    found = certify(TEXT, "us-east-1", BedrockTransport(stub_server.url), Deadline(60))
    assert first_error(found) is Category.CHECK_FAILED


def test_a_block_newer_than_the_client_and_tokens_with_a_point_do_no_harm(
    stub_server: StubServer,
) -> None:
    stub_server.body = (
        b'{"output": {"message": {"role": "assistant", "content": [{"hologram": {"a": 1}},'
        b' {"text": "Paris"}]}}, "stopReason": "end_turn", "usage": {"inputTokens": 3.0}}'
    )
    found = certify(TEXT, "us-east-1", BedrockTransport(stub_server.url), Deadline(60))
    assert found.results[0].points == 1
    assert found.results[0].input_tokens == 3


def test_the_environments_keys_token_profile_and_proxy_never_reach_an_endpoint_url(
    stub_server: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "real")
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    stub_server.body = b"{}"
    stub_server.authorizations.clear()
    found = certify(TEXT, "us-east-1", BedrockTransport(stub_server.url), Deadline(60))
    assert first_error(found) is Category.PROTOCOL
    [authorization] = set(stub_server.authorizations)
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=simulator/")


@pytest.mark.parametrize("profile", ["", "does-not-exist"])
def test_without_credentials_nothing_is_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_BEARER_TOKEN_BEDROCK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    if profile:
        monkeypatch.setenv("AWS_PROFILE", profile)
    found = certify(TEXT, "us-east-1", BedrockTransport(), Deadline(60))
    assert first_error(found) is Category.CREDENTIALS
    assert found.verdict is Verdict.INCONCLUSIVE
    assert not found.simulated


def test_one_transport_serves_many_threads_and_regions(endpoint: str) -> None:
    transport = BedrockTransport(endpoint)
    regions = ["us-east-1", "eu-west-2", "ap-northeast-1", "us-west-2"] * 4
    barrier = threading.Barrier(len(regions))

    def run(region: str) -> Certification:
        barrier.wait()
        return certify(
            ModelSpec("amazon.nova-micro-v1:0"),
            region,
            transport,
            Deadline(60),
        )

    with ThreadPoolExecutor(len(regions)) as pool:
        found = list(pool.map(run, regions))
    assert [one.region for one in found] == regions
    assert {first_error(one) for one in found} <= {None, Category.NEEDS_PROFILE}
    assert {one.verdict for one in found if one.region == "us-east-1"} == {Verdict.PASSED}
