"""Decides what becomes of a pair after a run. Pure: no database, no clock."""

from __future__ import annotations

import random
from dataclasses import dataclass

from certification.engine import Certification
from certification.queue.backoff import Backoff

BACKOFF = Backoff()


@dataclass(frozen=True)
class Record:
    """Record the result: the pair ends."""


@dataclass(frozen=True)
class Retry:
    """Try the pair again after `seconds`; the attempt counts."""

    seconds: float


@dataclass(frozen=True)
class WaitForRegion:
    """Try the pair again after `seconds`, when its region's circuit may be closed; the attempt is
    excused."""

    seconds: float


def decide(
    certification: Certification,
    *,
    tries: int,
    max_retries: int,
    circuit_open: bool,
    chance: random.Random,
) -> Record | Retry | WaitForRegion:
    """`tries` counts the attempts so far, without the excused ones; `circuit_open` says that the
    run met its region's trouble and that the region's circuit is open.

    A run is retried as often as its errors allow (`certification.retries`), and `max_retries`
    times at most.
    """
    if circuit_open:
        return WaitForRegion(BACKOFF.seconds(1, certification.retry_after, chance))
    if tries > min(certification.retries, max_retries):
        return Record()
    return Retry(BACKOFF.seconds(tries, certification.retry_after, chance))
