"""What a Celery worker process does when it comes and goes."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from celery.signals import worker_init, worker_ready, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.db import DatabaseError

from certification.models import Worker

from . import health, heartbeat

logger = logging.getLogger(__name__)

# Seconds between two attempts to register.
REGISTER_EVERY = 1.0

_worker: Worker | None = None
_heart: heartbeat.Heartbeat | None = None
_reconciler: heartbeat.Reconciler | None = None
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
    """Ends the process if it cannot begin: Celery goes on without a handler that failed, and the
    worker would eat messages that it cannot carry out. Its health is told from the beginning."""
    global _worker
    try:
        if settings.WORKER_HEALTH_PORT:
            health.serve(settings.WORKER_HEALTH_HOST, settings.WORKER_HEALTH_PORT, _vitals)
        _worker = _registered(sender.concurrency or 1)
    except Exception as error:
        logger.exception("this worker cannot begin")
        raise SystemExit(1) from error


@worker_ready.connect
def _begin(**_: object) -> None:
    global _heart, _reconciler
    _heart = heartbeat.Heartbeat(current_worker())
    _heart.start()
    _reconciler = heartbeat.Reconciler(current_worker(), _heart)
    _reconciler.start()


def _registered(concurrency: int) -> Worker:
    """Waits for a database that is away."""
    while True:
        try:
            return heartbeat.register(concurrency)
        except DatabaseError as error:
            logger.warning("waiting for the database: %s", error)
            time.sleep(REGISTER_EVERY)


def _vitals() -> health.Vitals:
    return health.Vitals(_worker, _heart, is_stopping())


@worker_shutting_down.connect
def _wind_down(**_: object) -> None:
    _stopping.set()


@worker_shutdown.connect
def _sign_off(**_: object) -> None:
    if _reconciler is not None:
        _reconciler.stop()
    if _heart is not None:
        _heart.stop()
    try:
        heartbeat.sign_off(current_worker())
    except DatabaseError as error:
        logger.warning("could not sign off, the others will notice: %s", error)
