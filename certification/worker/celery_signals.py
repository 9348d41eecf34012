"""Makes a Celery worker one of Homologa's: registers it, starts its threads, signs it off."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from celery.signals import worker_init, worker_ready, worker_shutdown, worker_shutting_down
from django.conf import settings
from django.db import DatabaseError

from certification.models import Worker

from . import health, heartbeat
from .heartbeat import Heartbeat
from .reconciler import Reconciler

logger = logging.getLogger(__name__)

# Seconds between two attempts to register.
REGISTER_EVERY = 1.0


@dataclass
class Process:
    """This worker process. Its row is there once it has registered, its threads once Celery is
    ready to take messages."""

    worker: Worker | None = None
    heart: Heartbeat | None = None
    reconciler: Reconciler | None = None
    stopping: threading.Event = field(default_factory=threading.Event)

    def vitals(self) -> health.Vitals:
        return health.Vitals(self.worker, self.heart, self.stopping.is_set(), self.reconciler)


PROCESS = Process()


def current_worker() -> Worker:
    """The row of this process. Raises RuntimeError outside a worker."""
    if PROCESS.worker is None:
        raise RuntimeError("This process has not registered as a worker.")
    return PROCESS.worker


def is_stopping() -> bool:
    return PROCESS.stopping.is_set()


@worker_init.connect
def _register(sender: Any, **_: object) -> None:
    """Ends the process on any error: Celery goes on without a handler that failed, and the worker
    would consume messages that it cannot process. The health port answers from the beginning."""
    try:
        port = None
        if settings.WORKER_HEALTH_PORT:
            server = health.serve(
                settings.WORKER_HEALTH_HOST, settings.WORKER_HEALTH_PORT, PROCESS.vitals
            )
            port = server.server_address[1] if server else None
        PROCESS.worker = _registered(sender.concurrency or 1, port)
    except Exception as error:
        logger.exception("this worker cannot begin")
        raise SystemExit(1) from error


def _registered(concurrency: int, health_port: int | None) -> Worker:
    """Waits for a database that is away."""
    while True:
        try:
            return heartbeat.register(concurrency, health_port)
        except DatabaseError as error:
            logger.warning("waiting for the database: %s", error)
            time.sleep(REGISTER_EVERY)


@worker_ready.connect
def _start_threads(**_: object) -> None:
    PROCESS.heart = Heartbeat(current_worker())
    PROCESS.heart.start()
    PROCESS.reconciler = Reconciler(current_worker(), PROCESS.heart)
    PROCESS.reconciler.start()


@worker_shutting_down.connect
def _begin_to_stop(**_: object) -> None:
    PROCESS.stopping.set()


@worker_shutdown.connect
def _sign_off(**_: object) -> None:
    if PROCESS.reconciler is not None:
        PROCESS.reconciler.stop()
    if PROCESS.heart is not None:
        PROCESS.heart.stop()
    try:
        heartbeat.sign_off(current_worker())
    except DatabaseError as error:
        logger.warning("could not sign off, the others will notice: %s", error)
