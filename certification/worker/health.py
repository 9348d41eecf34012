"""The health port of a worker process: `/health`, `/health/live` and `/metrics`.

`/health` answers 503 if the worker would not make progress, and names the problems; `/health/live`
only if a restart would help, so not while the database or the broker is away. Not for the public:
the port is bound to 127.0.0.1 on a laptop, and to the internal network in production.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer

from django.conf import settings
from prometheus_client import Metric

from certification import queries
from certification.models import Worker
from certification.observability import metrics, probes
from certification.observability.metrics.gauges import gauge
from certification.queue import broker

from .activity import ACTIVITY
from .heartbeat import Heartbeat
from .reconciler import Reconciler

logger = logging.getLogger(__name__)

# How long queued pairs may wait while this worker has a free slot and claims none, seconds.
PASSED_OVER_AFTER = 60.0
# A thread that has not turned its loop for this many times WORKER_LOST_AFTER_SECONDS will not turn
# it again: with a database that does not answer, each turn takes seconds.
STUCK_AFTER = 4
# How many ports are tried, so that several workers of one host each get one.
PORTS_TRIED = 20


@dataclass(frozen=True)
class Vitals:
    """The state of this process; `worker` and the threads are None until it has registered."""

    worker: Worker | None
    heart: Heartbeat | None
    stopping: bool
    reconciler: Reconciler | None = None

    def stuck(self, seconds: float) -> tuple[str, ...]:
        """Returns the threads that have not turned their loops for so long, whatever came of it."""
        threads = {"heartbeat": self.heart, "reconciler": self.reconciler}
        now = time.monotonic()
        return tuple(
            name for name, thread in threads.items() if thread and now - thread.turned_at > seconds
        )


@dataclass(frozen=True)
class Health:
    """Ages in seconds, None if it has not happened yet. `problems` names what keeps the worker from
    making progress: database, broker, heartbeat, reconciler, claims, registration, stopping."""

    problems: tuple[str, ...]
    database: bool
    broker: bool
    heartbeat_age: float | None
    last_claim_age: float | None
    in_hand: int
    slots: int

    @property
    def status(self) -> HTTPStatus:
        return HTTPStatus.SERVICE_UNAVAILABLE if self.problems else HTTPStatus.OK

    def as_json(self) -> dict[str, object]:
        return {
            "status": "unavailable" if self.problems else "ok",
            "problems": self.problems,
            "database": "ok" if self.database else "away",
            "broker": "ok" if self.broker else "away",
            "heartbeatAgeSeconds": _rounded(self.heartbeat_age),
            "lastClaimAgeSeconds": _rounded(self.last_claim_age),
            "pairsInHand": self.in_hand,
            "slots": self.slots,
        }

    def as_gauges(self) -> Iterator[Metric]:
        yield from metrics.dependencies_up({"database": self.database, "broker": self.broker})
        yield gauge("homologa_worker_healthy", "As /health says.", value=not self.problems)
        yield gauge("homologa_worker_slots", "Pairs it can take at a time.", value=self.slots)
        yield gauge("homologa_worker_pairs", "Pairs it works on.", value=self.in_hand)
        if self.heartbeat_age is not None:
            yield gauge(
                "homologa_worker_heartbeat_age_seconds",
                "Since the database last took its heartbeat.",
                value=self.heartbeat_age,
            )
        if self.last_claim_age is not None:
            yield gauge(
                "homologa_worker_last_claim_age_seconds",
                "Since it last claimed a pair.",
                value=self.last_claim_age,
            )


def examine(vitals: Vitals) -> Health:
    """Returns after `probes.TIMEOUT_SECONDS` seconds at most."""
    worker, heart = vitals.worker, vitals.heart
    answered = probes.run(
        {
            "database": probes.database,
            "broker": broker.waiting_messages,
            "claims": lambda: _refuse_to_pass_over(vitals),
        }
    )
    age = heart.age() if heart else None
    problems = {
        **{name: not answer for name, answer in answered.items()},
        "registration": heart is None,
        "heartbeat": age is not None and age > settings.WORKER_LOST_AFTER_SECONDS,
        "reconciler": "reconciler" in vitals.stuck(settings.WORKER_LOST_AFTER_SECONDS),
        "stopping": vitals.stopping,
    }
    return Health(
        problems=tuple(name for name, is_problem in problems.items() if is_problem),
        database=answered["database"],
        broker=answered["broker"],
        heartbeat_age=age,
        last_claim_age=ACTIVITY.seconds_since_last_claim(),
        in_hand=len(ACTIVITY.in_hand()),
        slots=worker.concurrency if worker else 0,
    )


class PassedOver(Exception):
    """Queued pairs wait although this worker has free slots."""


def _refuse_to_pass_over(vitals: Vitals) -> None:
    """Raises PassedOver. A consumer that lost its broker without noticing looks alive by all other
    signs."""
    worker = vitals.worker
    if worker is None or len(ACTIVITY.in_hand()) >= worker.concurrency:
        return
    last = ACTIVITY.seconds_since_last_claim()
    if last is not None and last < PASSED_OVER_AFTER:
        return
    waited = queries.workers.longest_queued().total_seconds()
    if waited > PASSED_OVER_AFTER:
        raise PassedOver(f"a pair has been queued for {waited:.0f} s, and there is a slot for it")


class _Server(ThreadingTCPServer):
    # Not http.server's own, which asks the name service for this host's name before it listens.
    allow_reuse_address = True
    daemon_threads = True


def serve(host: str, port: int, vitals: Callable[[], Vitals]) -> ThreadingTCPServer | None:
    """Serves from a thread until the returned server is shut down.

    On the first free port from `port` on. Returns None, with the reason in the log, if none of
    PORTS_TRIED is free: the worker runs without it.
    """

    class Page(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path == "/health/live":
                stuck = vitals().stuck(STUCK_AFTER * settings.WORKER_LOST_AFTER_SECONDS)
                status = HTTPStatus.SERVICE_UNAVAILABLE if stuck else HTTPStatus.OK
                self._answer(status, "application/json", json.dumps({"stuck": stuck}).encode())
                return
            health = examine(vitals())
            if self.path == "/health":
                body = json.dumps(health.as_json()).encode()
                self._answer(health.status, "application/json", body)
            elif self.path == "/metrics":
                body = metrics.render(health.as_gauges())
                self._answer(HTTPStatus.OK, metrics.CONTENT_TYPE, body)
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            logger.debug(format, *args)

    server = _listening(host, port, Page)
    if server is None:
        return None
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server


def _listening(host: str, first: int, page: type[BaseHTTPRequestHandler]) -> _Server | None:
    last = first if first == 0 else first + PORTS_TRIED - 1
    for port in range(first, last + 1):
        try:
            server = _Server((host, port), page)
        except (OSError, OverflowError) as error:
            reason = error
        else:
            logger.info("health page on port %d", server.server_address[1])
            return server
    logger.error(
        "no health page: none of the ports %d to %d can be had (%s); name another with "
        "WORKER_HEALTH_PORT, or 0 for none",
        first,
        last,
        reason,
    )
    return None


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
