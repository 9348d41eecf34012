from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from scripts import ports


@pytest.fixture(params=["127.0.0.1", "0.0.0.0"])
def taken_port(request: pytest.FixtureRequest) -> Iterator[int]:
    with socket.create_server((request.param, 0)) as server:
        yield server.getsockname()[1]


def test_a_port_that_someone_listens_on_is_taken(taken_port: int) -> None:
    with pytest.raises(ports.PortTaken, match=f"Port {taken_port} is taken"):
        ports.check(taken_port)


def test_a_port_is_free_again_although_its_last_connection_is_winding_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = server.accept()
            accepted.close()  # the side that closes first is left in TIME_WAIT
    ports.check(port)


def test_the_preferred_port_is_used_when_it_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert ports.free_near(port) == port


def test_another_port_is_found_when_the_preferred_one_is_taken(taken_port: int) -> None:
    found = ports.free_near(taken_port)
    assert found != taken_port
    ports.check(found)


def test_another_port_is_found_above_the_highest_one() -> None:
    assert 0 < ports.free_near(65536) < 65536


@pytest.mark.parametrize("text", ["", "http", "-1", "0", "65536", "80.5", "²"])
def test_what_is_no_port_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(ports.PortRefused, match="from 1 to 65535"):
        ports.number(text)
