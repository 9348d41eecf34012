"""Celery's transport and Django's cache over a Redis that drops, fails over or is several."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis
from django.core.cache.backends.redis import RedisCache
from kombu import Connection, Consumer, Queue
from kombu.common import ignore_errors
from kombu.exceptions import OperationalError

from config import environment, redis_nodes
from tests.chaos import servers, several_redis

PAIRS, CONTROL = Queue("pairs"), Queue("control")
OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 3}
# A failover takes some seconds; on a busy machine more.
FAILOVER_SECONDS = 60


@pytest.fixture(autouse=True)
def _nothing_found_yet() -> Iterator[None]:
    yield
    redis_nodes._found.clear()
    redis_nodes._nodes.clear()


def connect(url: str, nodes: str = "") -> Connection:
    return Connection(url, transport_options={**OPTIONS, "nodes": nodes})


def publish(connection: Connection, queue: Queue, text: str) -> None:
    producer = connection.Producer()
    producer.publish({"text": text}, routing_key=queue.name, declare=[queue])


def take(connection: Connection, *queues: Queue) -> list[Any]:
    """Returns the first message of the queues, acknowledged, and all that came with it."""
    taken: list[Any] = []
    with Consumer(connection, queues, callbacks=[lambda body, message: taken.append(message)]):
        while not taken:
            connection.drain_events(timeout=5)
    for message in taken:
        message.ack()
    return [message.payload["text"] for message in taken]


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_closing_what_a_lost_broker_left_raises_no_error_that_ends_a_worker(channels: int) -> None:
    """As Celery's consumer does it (on_connection_error_after_connected). With two channels,
    kombu 5.7 itself raises AttributeError: 'NoneType' object has no attribute 'hostname'."""
    with servers.single_broker() as broker:
        connection = connect(broker.variables["CELERY_BROKER_URL"])
        unacknowledged: list[Any] = []
        for number in range(channels):
            channel = connection.default_channel if number == 0 else connection.channel()
            queue = PAIRS if number == 0 else Queue(f"other-{number}")
            Consumer(channel, [queue], on_message=unacknowledged.append).consume()
        publish(connect(broker.variables["CELERY_BROKER_URL"]), PAIRS, "taken")
        while not unacknowledged:
            connection.drain_events(timeout=5)
        connection.transport.cycle.on_poll_start()  # waits for the next message
        broker.stop(signal.SIGKILL)

        with suppress(Exception):
            connection.collect(socket_timeout=1)
        ignore_errors(connection, connection.close)


@pytest.mark.parametrize("kind", ["cluster", "sentinel"])
def test_broker_and_cache_go_on_after_the_primary_was_killed(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.BROKERS[kind]() as several:
        monkeypatch.delenv("REDIS_URL", raising=False)
        for name, value in several.variables.items():
            monkeypatch.setenv(name, value)
        url, nodes = environment.redis_url(), environment.redis_nodes()
        pool = {"pool_class": "config.redis_nodes.Pool", "nodes": nodes, **OPTIONS}
        cache = RedisCache(url, {"KEY_PREFIX": redis_nodes.KEY_TAG, "OPTIONS": pool})
        with connect(url, nodes) as connection:
            publish(connection, PAIRS, "before")
            # BRPOP over several keys, which a cluster refuses unless they share a slot.
            assert take(connection, PAIRS, CONTROL) == ["before"]
        cache.set_many({"one": 1, "two": "2"})
        assert cache.get_many(["one", "two"]) == {"one": 1, "two": "2"}
        assert cache.incr("one") == 2

        several.stop(signal.SIGKILL)

        def publish_and_take() -> None:
            with connect(url, nodes) as connection:
                publish(connection, CONTROL, "after")
                assert "after" in take(connection, PAIRS, CONTROL)

        _until_it_works(publish_and_take)
        _until_it_works(lambda: cache.set("three", 3))
        assert cache.get("three") == 3


def _until_it_works(action: Any) -> None:
    deadline = time.monotonic() + FAILOVER_SECONDS
    while True:
        try:
            action()
        except (redis.RedisError, OperationalError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def test_a_single_server_keeps_the_names_of_its_keys(tmp_path: Path) -> None:
    with servers.single_broker() as broker:
        with connect(broker.variables["CELERY_BROKER_URL"]) as connection:
            publish(connection, PAIRS, "text")

        assert broker.client.llen("pairs") == 1


@pytest.mark.parametrize(
    "refuse",
    [
        ("REPLICAOF", "127.0.0.1", "1"),  # as the old primary of a managed Redis with one name
        ("CONFIG", "SET", "min-replicas-to-write", "1"),
        ("CONFIG", "SET", "maxmemory", "1"),
    ],
    ids=["replica", "no replicas", "out of memory"],
)
def test_a_server_that_refuses_counts_as_a_lost_connection(refuse: tuple[str, ...]) -> None:
    with several_redis.one_server() as server:
        url = f"redis://:{quote(server.password)}@127.0.0.1:{server.port}/0"
        with connect(url) as connection:
            publish(connection, PAIRS, "taken")
            server.client.execute_command(*refuse)

            with pytest.raises(redis.ConnectionError, match="does not serve our keys"):
                publish(connection, PAIRS, "refused")


def test_an_away_server_is_a_lost_connection_and_its_address_is_named() -> None:
    pool = redis_nodes.Pool.from_url("redis://127.0.0.1:1/0", nodes="127.0.0.1:1,127.0.0.1:2")

    with pytest.raises(redis.ConnectionError, match=r"127.0.0.1:1: .*; 127.0.0.1:2: "):
        redis.Redis(connection_pool=pool).ping()
