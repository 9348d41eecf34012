"""A simulator for whoever asks for one: in a thread, one for each process of tests."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bedrock_simulator.__main__ import listen, server
from bedrock_simulator.catalogue import load

Steer = Callable[..., Any]


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    listener = listen("127.0.0.1", 0)
    running = server(load())
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    running.should_exit = True
    thread.join(60)


@pytest.fixture
def steer(endpoint: str) -> Iterator[Steer]:
    """Calls the simulator's own endpoints; resets it before and after."""

    def call(method: str, what: str, payload: Any = None) -> Any:
        data = None if payload is None else json.dumps(payload).encode()
        request = urllib.request.Request(f"{endpoint}/_simulator/{what}", data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    call("POST", "reset")
    yield call
    call("POST", "reset")
