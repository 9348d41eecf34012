"""Every failure of the broker is raised as kombu's OperationalError."""

from __future__ import annotations

import pytest
import redis
from celery import current_app
from kombu import Connection, Queue
from kombu.exceptions import OperationalError

# Imported here, before the fixture `queued` replaces it.
from certification.queue.broker import waiting_messages


def test_a_connection_that_breaks_while_messages_are_counted_is_a_broker_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks(_queue: object) -> None:
        raise redis.exceptions.ConnectionError("Broken pipe.")

    monkeypatch.setattr(current_app.conf, "broker_read_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(Connection, "default_channel", None)
    monkeypatch.setattr(Queue, "bind", lambda queue, _channel: queue)
    monkeypatch.setattr(Queue, "queue_declare", breaks)

    with pytest.raises(OperationalError, match="Broken pipe"):
        waiting_messages()
