"""Celery's transport over Redis: finds the primary, survives a broker that drops, and drops what is
not a message."""

from __future__ import annotations

import base64
import functools
import json
import logging
from collections.abc import Callable
from typing import Any

import redis
from kombu.transport import redis as kombu_redis

from .redis_nodes import KEY_TAG, Mode, PrimaryConnection, PrimarySSLConnection

logger = logging.getLogger(__name__)

# Without the KeyError that kombu counts as one, too.
LOST_CONNECTION = (redis.ConnectionError, redis.TimeoutError, OSError)


def is_message(raw: bytes) -> bool:
    """Returns whether kombu can read it. If not, kombu 5.7 raises an error that ends the worker."""
    try:
        return _is_envelope(json.loads(raw))
    except (ValueError, RecursionError):
        return False


def _is_envelope(message: Any) -> bool:
    match message:
        case {
            "body": str(body),
            "headers": dict(headers),
            "content-type": str(),
            "content-encoding": str(),
            "properties": {
                "body_encoding": "base64",
                "delivery_tag": str(),
                "delivery_info": {"exchange": str(), "routing_key": str()},
            },
        }:
            # None of ours waits: one with an eta would stay with a worker, unacknowledged.
            return headers.get("eta") is None and _is_base64(body)
    return False


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


class _Client(redis.Redis):
    def parse_response(self, connection: Any, command_name: Any, **options: Any) -> Any:
        """Of the queue's messages, returns only those that can be read."""
        reply = super().parse_response(connection, command_name, **options)  # type: ignore[no-untyped-call]
        if command_name != "BRPOP" or not reply or is_message(reply[1]):
            return reply
        logger.error("dropped what is not a message from %r: %.200r", *reply)
        return None


class _PrefixedClient(kombu_redis.PrefixedStrictRedis, _Client):
    """Removes the prefix from what `_Client` returns."""


class Channel(kombu_redis.Channel):
    connection_class = PrimaryConnection
    connection_class_ssl = PrimarySSLConnection
    from_transport_options = (*kombu_redis.Channel.from_transport_options, "nodes")
    nodes = ""

    def _get_client(self) -> Any:
        """In a cluster, all keys get our hash tag. Raises redis.ConnectionError."""
        connection = self.pool.connection_class(**self.pool.connection_kwargs)
        if (
            isinstance(connection, PrimaryConnection | PrimarySSLConnection)
            and connection.find().mode is Mode.CLUSTER
        ):
            self.global_keyprefix = KEY_TAG
            return functools.partial(_PrefixedClient, global_keyprefix=KEY_TAG)
        return _Client

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        """Raises redis.ConnectionError if this channel's connection has been closed.

        kombu 5.7 raises an AttributeError instead ("'NoneType' object has no attribute
        'hostname'"), which Celery does not count as a lost connection: the worker ends. It happens
        when a channel restores its unacknowledged messages after another channel's error has
        interrupted the closing of their connection (celery/kombu#582, celery/kombu#970).
        """
        if self.connection is None or self.connection.client is None:
            raise redis.ConnectionError("the channel's connection has been closed")
        parameters: dict[str, Any] = super()._connparams(asynchronous)  # type: ignore[misc]
        if "host" in parameters:
            parameters["nodes"] = self.nodes
        return parameters

    def basic_consume(
        self,
        queue: str,
        no_ack: bool,
        callback: Callable[..., Any] | None,
        consumer_tag: str | None,
        **options: Any,
    ) -> str:
        """A message whose acceptance fails is dropped: Celery 5.7 would end the worker, and the
        message would come back to end the next one."""

        def accept(message: Any) -> None:
            try:
                if callback is not None:
                    callback(message)
            except LOST_CONNECTION:
                raise
            except Exception:
                logger.exception("dropped a message from %r: %.200r", queue, message.headers)
                if not no_ack:
                    self.basic_ack(message.delivery_tag)

        tag: str = super().basic_consume(queue, no_ack, accept, consumer_tag, **options)
        return tag

    def _deliver_fanout_message(self, message: Any, exchange: str) -> bool:
        if not _is_envelope(message):
            logger.error("dropped what is not a message for all workers: %.200r", message)
            return False
        return bool(super()._deliver_fanout_message(message, exchange))  # type: ignore[misc]


class Transport(kombu_redis.Transport):
    Channel = Channel
