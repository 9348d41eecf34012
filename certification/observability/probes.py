"""Asks what we depend on whether it answers, and waits only so long."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache

from django.db import connection, connections

logger = logging.getLogger(__name__)

# What a probe is waited for, seconds: less than whoever asks for our health waits for us.
PATIENCE = 2.0


def ask(questions: Mapping[str, Callable[[], object]]) -> dict[str, bool]:
    """By name, whether each was answered in time without an error. All are asked at once."""
    asked = {name: _threads(name).submit(_alone, question) for name, question in questions.items()}
    wait(asked.values(), PATIENCE)
    answered = {}
    for name, future in asked.items():
        late = not future.done()
        # One that has not begun need not hang later on.
        error = f"no answer within {PATIENCE} s" if late else future.exception()
        future.cancel()
        if error:
            logger.warning("probe of %s failed: %s", name, error)
        answered[name] = not error
    return answered


def database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@cache
def _threads(name: str) -> ThreadPoolExecutor:
    """Of each question its own: those that hang take them all, and the next of that name is not
    answered in time, which is the truth of it alone."""
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix=f"probe-{name}")


def _alone(question: Callable[[], object]) -> None:
    try:
        question()
    finally:
        # The thread's own, which nobody else would give back.
        connections.close_all()
