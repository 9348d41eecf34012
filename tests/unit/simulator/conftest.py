"""Boto3 clients connected to the simulator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

Client = Callable[..., Any]


@pytest.fixture(scope="session")
def client(endpoint: str) -> Client:
    made: dict[tuple[str, str, float], Any] = {}

    def make(
        region: str = "us-east-1", service: str = "bedrock-runtime", read_timeout: float = 5
    ) -> Any:
        key = (region, service, read_timeout)
        if key not in made:
            made[key] = boto3.client(
                service,
                region_name=region,
                endpoint_url=endpoint,
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout),
            )
        return made[key]

    return make
