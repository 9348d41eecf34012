"""Errors of the local environment are never blamed on the model, and never contain a secret."""

from __future__ import annotations

import os
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
from tests.integration.engine.stub_server import PARIS, StubServer

pytestmark = pytest.mark.usefixtures("without_retries")

MODEL = ModelSpec("amazon.nova-lite-v1:0", capabilities={"streaming": False})
KEYS = {"AWS_ACCESS_KEY_ID": "AKIATOPSECRET", "AWS_SECRET_ACCESS_KEY": "TOPSECRET"}
Environment = pytest.MonkeyPatch


@pytest.fixture
def environment(stub_server: StubServer, tmp_path: Path, monkeypatch: Environment) -> Environment:
    """Removes all AWS variables, and sets the address of a server that answers correctly."""
    for name in os.environ:
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    stub_server.body = PARIS
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", stub_server.url)
    return monkeypatch


def certified(environment: Environment, variables: dict[str, str]) -> Certification:
    for name, value in variables.items():
        environment.setenv(name, value)
    return certify(MODEL, "us-east-1", BedrockTransport(), Deadline(60))


def test_with_good_keys_the_server_answers(environment: Environment) -> None:
    found = certified(environment, KEYS)
    assert found.results[0].points == 1
    assert not found.simulated


@pytest.mark.parametrize(
    "variables",
    [
        KEYS | {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "bedrock.local"},
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
    environment: Environment, stub_server: StubServer, variables: dict[str, str]
) -> None:
    found = certified(environment, variables)
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
    environment: Environment, stub_server: StubServer, tmp_path: Path, says: str
) -> None:
    process = tmp_path / "process"
    if says:
        process.write_text(f"#!/bin/sh\n{says}\n")
        process.chmod(0o755)
    config = tmp_path / "config"
    config.write_text(f"[default]\ncredential_process = {process}\n")
    found = certified(environment, {"AWS_CONFIG_FILE": str(config)})
    assert found.error is not None
    assert (found.error.category, found.verdict) == (Category.CREDENTIALS, Verdict.INCONCLUSIVE)
    assert "SECRET" not in str(found)
    assert stub_server.authorizations == []


def test_a_password_in_an_address_is_not_repeated(environment: Environment) -> None:
    address = "http://someone:TOPSECRET@127.0.0.1:9"
    found = certified(environment, KEYS | {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": address})
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
    environment: Environment, stub_server: StubServer, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(ROLE.replace("source_profile = keys", "credential_source = Environment"))
    broken = KEYS | {"AWS_SESSION_TOKEN": "TOPSECRET\n", "AWS_PROFILE": "default"}
    role = {"AWS_CONFIG_FILE": str(config), "AWS_ENDPOINT_URL_STS": stub_server.url}
    found = certified(environment, broken | role)
    assert found.error is not None
    assert (found.error.category, found.verdict) == (Category.CREDENTIALS, Verdict.INCONCLUSIVE)
    assert "SECRET" not in str(found)
    assert stub_server.authorizations == []


def test_an_unreachable_credential_provider_is_a_network_error_unless_a_token_is_set(
    environment: Environment, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(ROLE)
    role = {"AWS_CONFIG_FILE": str(config), "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9"}
    found = certified(environment, role)
    assert found.error is not None
    assert found.error.category is Category.NETWORK
    found = certified(environment, {"AWS_BEARER_TOKEN_BEDROCK": "TOPSECRET"})
    assert found.error is not None
    assert "requires an HTTPS endpoint" in found.error.text
