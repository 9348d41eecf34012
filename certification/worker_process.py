"""What a Celery worker process does when it comes and goes."""

from __future__ import annotations

import logging
import threading
from typing import Any

from celery.signals import worker_init, worker_ready, worker_shutdown, worker_shutting_down
from django.db import DatabaseError

from . import heartbeat
from .models import Worker

logger = logging.getLogger(__name__)

_worker: Worker | None = None
_heartbeat: heartbeat.Heartbeat | None = None
_stopping = threading.Event()


def current_worker() -> Worker:
    """The row of this process. Raises RuntimeError outside a worker."""
    if _worker is None:
        raise RuntimeError("This process has not registered as a worker.")
    return _worker


def is_stopping() -> bool:
    return _stopping.is_set()


@worker_init.connect
def _register(sender: Any, **_: object) -> None:
    global _worker
    _worker = heartbeat.register(sender.concurrency or 1)


@worker_ready.connect
def _begin(**_: object) -> None:
    global _heartbeat
    _heartbeat = heartbeat.Heartbeat(current_worker())
    _heartbeat.start()


@worker_shutting_down.connect
def _wind_down(**_: object) -> None:
    _stopping.set()


@worker_shutdown.connect
def _sign_off(**_: object) -> None:
    if _heartbeat is not None:
        _heartbeat.stop()
    try:
        heartbeat.sign_off(current_worker())
    except DatabaseError as error:
        logger.warning("could not sign off, the others will notice: %s", error)
