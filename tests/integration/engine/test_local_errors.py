"""Errors of the local environment are never blamed on the model, and never contain a secret."""

from __future__ import annotations

import os
from collections.abc import Callable
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
    clients,
)
from tests.integration.engine.stub_server import PARIS, StubServer

pytestmark = pytest.mark.usefixtures("without_retries")

MODEL = ModelSpec("amazon.nova-lite-v1:0", capabilities={"streaming": False})
KEYS = {"AWS_ACCESS_KEY_ID": "AKIATOPSECRET", "AWS_SECRET_ACCESS_KEY": "TOPSECRET"}
Environment = pytest.MonkeyPatch
Certify = Callable[..., Certification]


@pytest.fixture
def environment(stub_server: StubServer, tmp_path: Path, monkeypatch: Environment) -> Environment:
    """Removes all AWS variables."""
    for name in os.environ:
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    stub_server.body = PARIS
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


@pytest.fixture
def certified(environment: Environment, stub_server: StubServer) -> Certify:
    """Certifies with the credentials of the environment; in AWS's place answers `url`, by default a
    server that answers correctly."""

    def run(variables: dict[str, str], url: str = "") -> Certification:
        for name, value in variables.items():
            environment.setenv(name, value)
        transport = BedrockTransport()
        # Not by its argument, with which it would sign with placeholder keys.
        transport._clients._endpoint_url = url or stub_server.url
        return certify(MODEL, "us-east-1", transport, Deadline(60))

    return run


def test_with_good_keys_the_server_answers(certified: Certify) -> None:
    found = certified(KEYS)
    assert found.results[0].points == 1
    assert not found.simulated


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", ""])
def test_an_address_from_the_environment_gets_neither_keys_nor_a_call(
    environment: Environment,
    tmp_path: Path,
    name: str,
    stub_server: StubServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    clients._say_what_is_ignored.cache_clear()
    if name:
        environment.setenv(name, stub_server.url)
    else:
        config = tmp_path / "config"
        config.write_text(f"[default]\nendpoint_url = {stub_server.url}\n")
        environment.setenv("AWS_CONFIG_FILE", str(config))
    for key, value in KEYS.items():
        environment.setenv(key, value)
    client = clients.Clients(None, connections=1).get("us-east-1", 1)
    assert client.meta.endpoint_url == "https://bedrock-runtime.us-east-1.amazonaws.com"
    assert not name or f"{name} is ignored: only Homologa's own settings" in caplog.text


@pytest.mark.parametrize(
    "variables",
    [
        KEYS | {"AWS_DEFAULTS_MODE": "bogus"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://creds.example.com/x"},
        {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/x",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "TOP\r\nSECRET",
        },
        {
            "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere",
            "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/x",
        },
        {"AWS_BEARER_TOKEN_BEDROCK": "TOPSECRET"},
        KEYS | {"AWS_ACCESS_KEY_ID": "AKIATOPSECRET\n"},
        KEYS | {"AWS_SESSION_TOKEN": "TOPSECRET\n"},
        KEYS | {"AWS_SESSION_TOKEN": "TOP\nSECRET"},
    ],
)
def test_a_mistake_in_the_environment_is_the_credentials(
    certified: Certify, stub_server: StubServer, variables: dict[str, str]
) -> None:
    found = certified(variables)
    assert found.error is not None
    assert (found.error.category, found.verdict) == (Category.CREDENTIALS, Verdict.INCONCLUSIVE)
    assert "SECRET" not in str(found)
    assert stub_server.authorizations == []


GIVEN = """echo '{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "TOPSECRET", \
    "SessionToken": "c", "Expiration": "%s"}'"""


@pytest.mark.parametrize(
    "says", ["echo hello", GIVEN % "2020-01-01T00:00:00Z", GIVEN % "tomorrow", ""]
)
def test_a_process_that_gives_no_good_credentials_is_the_credentials(
    certified: Certify, stub_server: StubServer, tmp_path: Path, says: str
) -> None:
    process = tmp_path / "process"
    if says:
        process.write_text(f"#!/bin/sh\n{says}\n")
        process.chmod(0o755)
    config = tmp_path / "config"
    config.write_text(f"[default]\ncredential_process = {process}\n")
    found = certified({"AWS_CONFIG_FILE": str(config)})
    assert found.error is not None
    assert (found.error.category, found.verdict) == (Category.CREDENTIALS, Verdict.INCONCLUSIVE)
    assert "SECRET" not in str(found)
    assert stub_server.authorizations == []


def test_a_password_in_an_address_is_not_repeated(certified: Certify) -> None:
    found = certified(KEYS, "http://someone:TOPSECRET@127.0.0.1:9")
    assert found.error is not None
    assert found.error.category is Category.NETWORK
    assert "SECRET" not in str(found)


ROLE = """
[default]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = keys
[profile keys]
aws_access_key_id = AKIATOPSECRET
aws_secret_access_key = b
"""


def test_a_token_that_cannot_be_sent_to_a_credential_provider_is_not_repeated(
    certified: Certify, stub_server: StubServer, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(ROLE.replace("source_profile = keys", "credential_source = Environment"))
    broken = KEYS | {"AWS_SESSION_TOKEN": "TOPSECRET\n", "AWS_PROFILE": "default"}
    role = {"AWS_CONFIG_FILE": str(config), "AWS_ENDPOINT_URL_STS": stub_server.url}
    found = certified(broken | role)
    assert found.error is not None
    assert (found.error.category, found.verdict) == (Category.CREDENTIALS, Verdict.INCONCLUSIVE)
    assert "SECRET" not in str(found)
    assert stub_server.authorizations == []


def test_an_unreachable_credential_provider_is_a_network_error_unless_a_token_is_set(
    certified: Certify, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(ROLE)
    role = {"AWS_CONFIG_FILE": str(config), "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9"}
    found = certified(role)
    assert found.error is not None
    assert found.error.category is Category.NETWORK
    found = certified({"AWS_BEARER_TOKEN_BEDROCK": "TOPSECRET"})
    assert found.error is not None
    assert "requires an HTTPS endpoint" in found.error.text
