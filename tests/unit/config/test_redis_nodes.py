"""What a node answers about where our keys are. tests/integration/queue asks real ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import redis

from config import redis_nodes
from config.redis_nodes import Found, Mode

FIRST, SECOND, REPLICA = [b"10.0.0.1", 7000, b"a"], [b"10.0.0.2", 7001, b"b"], [b"", 7002, b"c"]
ASKED = ("seed", 7000)


def node(**answers: Any) -> Callable[..., Any]:
    """Returns a node that answers these commands, by their first word."""

    def ask(*command: str) -> Any:
        answer = answers[command[-1 if command[0] == "CLUSTER" else 0]]
        answer = answer.get(command[1]) if isinstance(answer, dict) and len(command) > 1 else answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


@pytest.mark.parametrize(
    ("answer", "mode"),
    [
        ([b"server", b"valkey", b"mode", b"cluster", b"modules", []], Mode.CLUSTER),
        ({b"mode": b"sentinel"}, Mode.SENTINEL),
        ([b"mode", b"standalone"], Mode.SINGLE),
        ([b"mode", b"proxy"], Mode.SINGLE),
        ([], Mode.SINGLE),
        (redis.ResponseError("unknown command 'HELLO'"), Mode.SINGLE),
    ],
)
def test_a_node_names_its_mode(answer: object, mode: Mode) -> None:
    assert redis_nodes._mode(node(HELLO=answer)) is mode


def test_the_owner_of_our_slot_is_found_with_all_nodes_to_ask_later() -> None:
    slots = [[0, 1000, FIRST], [1001, 16383, SECOND, REPLICA]]

    found = redis_nodes._owner(slots, ASKED)

    nodes = (("10.0.0.1", 7000), ("10.0.0.2", 7001), ("seed", 7002))
    assert found == Found(("10.0.0.2", 7001), Mode.CLUSTER, nodes)


@pytest.mark.parametrize("more", [[b"hostname", b"node-2"], {b"hostname": b"node-2"}])
def test_over_tls_a_node_is_called_by_the_name_that_its_certificate_has(more: object) -> None:
    """`cluster-announce-hostname`; without `cluster-preferred-endpoint-type` it stands there."""
    slots = [[0, 16383, [*SECOND, more], [*FIRST, []]]]

    assert redis_nodes._owner(slots, ASKED).address == ("10.0.0.2", 7001)
    found = redis_nodes._owner(slots, ASKED, by_hostname=True)
    assert found.nodes == (("node-2", 7001), ("10.0.0.1", 7000))


def test_a_cluster_without_an_owner_of_our_slot_is_away() -> None:
    with pytest.raises(redis.ConnectionError, match="no node of the cluster has slot"):
        redis_nodes._owner([[0, 1, FIRST]], ASKED)


@pytest.mark.parametrize(("names", "why"), [(["a", "b"], "a, b"), ([], "no primary")])
def test_of_several_primaries_one_has_to_be_named(
    names: list[str], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_SENTINEL_MASTER", raising=False)
    masters = [[b"name", name.encode(), b"port", b"1"] for name in names]

    with pytest.raises(redis.ConnectionError, match=f"watches {why}: name one with REDIS_SENTINEL"):
        redis_nodes._primary(node(SENTINEL={"MASTERS": masters}))


def test_the_named_primary_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_SENTINEL_MASTER", "b")
    asked: list[tuple[str, ...]] = []

    def ask(*command: str) -> Any:
        asked.append(command)
        return [b"10.0.0.9", b"7009"] if command[-1] == "b" else None

    assert redis_nodes._primary(ask) == ("10.0.0.9", 7009)
    assert asked == [("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "b")]


def test_an_unknown_primary_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_SENTINEL_MASTER", "other")

    with pytest.raises(redis.ConnectionError, match="knows no primary 'other'"):
        redis_nodes._primary(lambda *_: None)


def test_a_cluster_has_no_other_database(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Found(("10.0.0.1", 7000), Mode.CLUSTER)
    monkeypatch.setattr(redis_nodes._ToPrimary, "find", lambda _connection: found)

    with pytest.raises(redis.ConnectionError, match=r"let REDIS_URL end in /0"):
        redis_nodes.PrimaryConnection(host="10.0.0.1", db=3).connect()


def test_nodes_are_parsed() -> None:
    assert redis_nodes.parse_nodes("a:1,[::1]:2") == (("a", 1), ("::1", 2))
    assert redis_nodes.parse_nodes("") == ()
