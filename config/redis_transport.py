"""Celery's transport over Redis: finds the primary, and survives a broker that drops."""

from __future__ import annotations

from typing import Any

import redis
from kombu.transport import redis as kombu_redis

from .redis_nodes import KEY_TAG, Mode, PrimaryConnection, PrimarySSLConnection


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
        return super()._get_client()  # type: ignore[misc]

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


class Transport(kombu_redis.Transport):
    Channel = Channel
