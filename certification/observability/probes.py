"""Checks whether the services that Homologa depends on answer, with a timeout."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache

from django.db import connection, connections

logger = logging.getLogger(__name__)

# Seconds. Shorter than the timeout of those who read our health (Kubernetes, compose, Prometheus).
TIMEOUT_SECONDS = 2.0


def run(probes: Mapping[str, Callable[[], object]]) -> dict[str, bool]:
    """Runs all probes at the same time.

    Returns, by name, whether each ended within TIMEOUT_SECONDS and without an error.
    """
    futures = {name: _threads(name).submit(_run, probe) for name, probe in probes.items()}
    wait(futures.values(), TIMEOUT_SECONDS)
    answered = {}
    for name, future in futures.items():
        late = not future.done()
        # A late probe that has not started yet is not needed any more.
        error = f"no answer within {TIMEOUT_SECONDS} s" if late else future.exception()
        future.cancel()
        if error:
            logger.warning("probe of %s failed: %s", name, error)
        answered[name] = not error
    return answered


def database() -> None:
    """Raises DatabaseError if the database does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@cache
def _threads(name: str) -> ThreadPoolExecutor:
    """A pool for each probe: if its threads all hang, only this probe fails, and no other."""
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix=f"probe-{name}")


def _run(probe: Callable[[], object]) -> None:
    try:
        probe()
    finally:
        # This thread's connections, which Django closes only at the end of a request.
        connections.close_all()
