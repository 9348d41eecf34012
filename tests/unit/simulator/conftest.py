"""One simulator for the whole area, in a thread, and real boto3 clients that talk to it."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from certification.simulator.__main__ import listen, server
from certification.simulator.catalogue import load

Client = Callable[..., Any]
Steer = Callable[..., Any]


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    listener = listen("127.0.0.1", 0)
    running = server(load())
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    running.should_exit = True
    thread.join(10)


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


@pytest.fixture
def steer(endpoint: str) -> Iterator[Steer]:
    """Calls the simulator's own endpoints; resets it afterwards."""

    def call(method: str, what: str, payload: Any = None) -> Any:
        data = None if payload is None else json.dumps(payload).encode()
        request = urllib.request.Request(f"{endpoint}/_simulator/{what}", data, method=method)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    call("POST", "reset")
    yield call
    call("POST", "reset")
