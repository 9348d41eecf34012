"""Connections to the Redis server that holds our keys.

The address may be that of a single server, of nodes of a Redis Cluster, or of sentinels. What it is
is asked when a connection is made, and again after the server has failed or lost its role.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import redis
from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    AuthenticationError,
    ClusterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TryAgainError,
)

from . import environment

# The hash tag of our keys. In a cluster all of them share one slot, so that commands over several
# keys (BRPOP over the queues, transactions) are allowed, and one node has them all.
KEY_TAG = "{homologa}"
# Answers of a server that has lost its role or cannot serve for now. They count as a lost
# connection, which is made again later; redis-py and kombu take them for a command's own fault.
CANNOT_SERVE = (AskError, ClusterDownError, OutOfMemoryError, ReadOnlyError, TryAgainError)
# The first words of those that have no class.
REFUSALS = ("BUSY ", "MISCONF ", "NOREPLICAS ", "UNBLOCKED ")
Address = tuple[str, int]


class Mode(StrEnum):
    """As HELLO names it. What names another, or does not know HELLO, counts as single."""

    SINGLE = "standalone"
    CLUSTER = "cluster"
    SENTINEL = "sentinel"


@dataclass(frozen=True)
class Found:
    """The server that holds our keys. `nodes` are those of its cluster, to ask when it fails."""

    address: Address
    mode: Mode
    nodes: tuple[Address, ...] = ()


# By the addresses that were given. Shared by all connections of the process.
_found: dict[tuple[Address, ...], Found] = {}
_nodes: dict[tuple[Address, ...], tuple[Address, ...]] = {}


class _ToPrimary(redis.Connection):
    """Connects to the server that holds our keys.

    nodes: the addresses to ask, as "host:port,host:port"; by default the connection's own
    """

    _plain: type[redis.Connection] = redis.Connection

    def __init__(self, *, nodes: str = "", **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._options = options
        self._given = parse_nodes(nodes) or ((self.host, self.port),)

    def find(self) -> Found:
        """Raises redis.ConnectionError if no node answers, or none names the server."""
        found = _found.get(self._given)
        if found is None:
            found = _found[self._given] = self._ask_all()
            _nodes[self._given] = found.nodes
        return found

    def connect_check_health(self, *args: Any, **kwargs: Any) -> None:
        if self._sock:
            return
        found = self.find()
        if found.mode is Mode.CLUSTER and self.db:
            raise redis.ConnectionError(
                f"A Redis Cluster has database 0 only, and the address names {self.db}: "
                "let REDIS_URL end in /0"
            )
        self.host, self.port = found.address
        try:
            super().connect_check_health(*args, **kwargs)
        except (redis.ConnectionError, redis.TimeoutError):
            self._forget()
            raise

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().read_response(*args, **kwargs)
        except ResponseError as error:
            if not (isinstance(error, CANNOT_SERVE) or str(error).startswith(REFUSALS)):
                raise
            self._forget()
            self.disconnect()  # type: ignore[no-untyped-call]
            raise redis.ConnectionError(
                f"{self.host}:{self.port} does not serve our keys: {error}"
            ) from error

    def _forget(self) -> None:
        _found.pop(self._given, None)

    def _ask_all(self) -> Found:
        errors = []
        for node in dict.fromkeys((*self._given, *_nodes.get(self._given, ()))):
            try:
                return self._ask(node)
            except (redis.RedisError, OSError) as error:
                errors.append(f"{node[0]}:{node[1]}: {error}")
        raise redis.ConnectionError("; ".join(errors))

    def _ask(self, node: Address) -> Found:
        """Raises redis.RedisError."""
        with self._connected(node) as ask:
            mode = _mode(ask)
            if mode is Mode.CLUSTER:
                # Certificates have names.
                by_hostname = issubclass(self._plain, redis.SSLConnection)
                return _owner(ask("CLUSTER", "SLOTS"), node, by_hostname=by_hostname)
            if mode is Mode.SENTINEL:
                return Found(_primary(ask), mode)
            return Found(node, mode)

    @contextlib.contextmanager
    def _connected(self, node: Address) -> Iterator[Callable[..., Any]]:
        """Yields a function that sends a command to `node` and returns the answer."""
        options = {**self._options, "host": node[0], "port": node[1], "db": 0}
        connection = self._plain(**options)
        try:
            try:
                connection.connect()
            except AuthenticationError:
                # Sentinels often have a password of their own, or none.
                secret = environment.text("REDIS_SENTINEL_PASSWORD") or None
                connection = self._plain(**{**options, "username": None, "password": secret})
                connection.connect()

            def ask(*command: str) -> Any:
                connection.send_command(*command)
                return connection.read_response()

            yield ask
        finally:
            connection.disconnect()


class PrimaryConnection(_ToPrimary):
    """Over plain TCP."""


class PrimarySSLConnection(_ToPrimary, redis.SSLConnection):
    """Over TLS."""

    _plain = redis.SSLConnection


class Pool(redis.ConnectionPool):
    """A pool, for Django's cache, of connections that follow the primary."""

    def __init__(
        self, connection_class: type[Any] = redis.Connection, *, nodes: str = "", **options: Any
    ) -> None:
        following = {
            redis.Connection: PrimaryConnection,
            redis.SSLConnection: PrimarySSLConnection,
        }.get(connection_class)
        if following is not None:
            connection_class, options = following, {**options, "nodes": nodes}
        super().__init__(connection_class=connection_class, **options)


def parse_nodes(nodes: str) -> tuple[Address, ...]:
    """Parses "host:port,host:port"."""
    pairs = (node.rpartition(":") for node in nodes.split(",") if node)
    return tuple((host.strip("[]"), int(port)) for host, _, port in pairs)


def _mode(ask: Callable[..., Any]) -> Mode:
    try:
        answer = ask("HELLO")
    except redis.AuthenticationError:
        raise
    except ResponseError:
        return Mode.SINGLE
    named = _texts(answer).get("mode")
    return next((mode for mode in Mode if mode == named), Mode.SINGLE)


def _owner(slots: Sequence[Any], asked: Address, *, by_hostname: bool = False) -> Found:
    """Finds the owner of our keys' slot in an answer to CLUSTER SLOTS.

    Raises redis.ConnectionError if no node has it.
    """
    ours = key_slot(KEY_TAG.encode())
    nodes = tuple(_address(node, asked, by_hostname) for _, _, *nodes in slots for node in nodes)
    for first, last, primary, *_ in slots:
        if first <= ours <= last:
            return Found(_address(primary, asked, by_hostname), Mode.CLUSTER, nodes)
    raise redis.ConnectionError(f"no node of the cluster has slot {ours}, where our keys are")


def _address(node: Sequence[Any], asked: Address, by_hostname: bool) -> Address:
    """An empty host stands for the one that was asked. Beside it, a node may tell its hostname."""
    host, port, *more = node
    hostname = _texts(more[1]).get("hostname") if by_hostname and len(more) > 1 else None
    return hostname or _text(host or b"") or asked[0], int(port)


def _primary(ask: Callable[..., Any]) -> Address:
    """Asks a sentinel for its primary.

    Raises redis.ConnectionError if it knows none, or several and REDIS_SENTINEL_MASTER names none.
    """
    name = environment.text("REDIS_SENTINEL_MASTER")
    if not name:
        names = [_texts(each)["name"] for each in ask("SENTINEL", "MASTERS")]
        if len(names) != 1:
            raise redis.ConnectionError(
                f"the sentinel watches {', '.join(names) or 'no primary'}: "
                "name one with REDIS_SENTINEL_MASTER"
            )
        name = names[0]
    answer = ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name)
    if not answer:
        raise redis.ConnectionError(
            f"the sentinel knows no primary {name!r}, which REDIS_SENTINEL_MASTER names"
        )
    return _text(answer[0]), int(answer[1])


def _texts(answer: Mapping[Any, Any] | Sequence[Any]) -> dict[str, str]:
    """A map comes as a list of keys and values under the older protocol."""
    pairs = (
        answer.items()
        if isinstance(answer, Mapping)
        else zip(answer[::2], answer[1::2], strict=True)
    )
    return {_text(key): _text(value) for key, value in pairs if isinstance(value, bytes | str)}


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
