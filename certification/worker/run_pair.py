"""Carries out one pair: claim it, certify the model, record what it came to."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections

from certification.engine import (
    BedrockTransport,
    Category,
    Certification,
    Deadline,
    ModelSpec,
    Stopped,
    Transport,
    certify,
    not_judged,
)
from certification.models import JobCertification, Worker
from certification.observability import log_context, metrics
from certification.queries.model_specs import spec_of
from certification.queue import circuit_breaker, claims
from certification.queue.backoff import Backoff
from certification.queue.claims import Claim
from models_registry import queries as registry

from . import recording

logger = logging.getLogger(__name__)

T = TypeVar("T")
BACKOFF = Backoff()
# How often a running pair asks whether it is still wanted, seconds.
LOOK_EVERY = 1.0
# What a result is worth waiting for a database that is away, seconds, and how often it is asked.
DATABASE_PATIENCE = 300.0
DATABASE_PAUSE = 1.0


def carry_out(
    pair_id: UUID,
    worker: Worker,
    *,
    transport: Transport | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Does nothing if the pair is taken, not due, or gone.

    `stopping` says that this process has to end: the pair is then handed back between two checks.
    """
    with log_context.bound(pair=pair_id):
        claim = _patiently(lambda: claims.claim(pair_id, worker), stopping)
        if claim is None:
            return
        _claims.append(time.monotonic())
        _in_hand.append(pair_id)
        try:
            with log_context.bound(job=claim.pair.job_id, attempt=claim.attempt):
                _carry_out(claim, transport or bedrock(), stopping)
        finally:
            _in_hand.remove(pair_id)
            slot_freed.set()


def in_hand() -> frozenset[UUID]:
    """The pairs that this process is at work on."""
    return frozenset(_in_hand)


def since_last_claim() -> float | None:
    """Seconds since this process last claimed a pair; None if it never has."""
    return time.monotonic() - _claims[-1] if _claims else None


# When this process last claimed a pair: monotonic seconds, at most one.
_claims: deque[float] = deque(maxlen=1)
# A list: a pair that was taken back may come again before its first run here has noticed.
_in_hand: list[UUID] = []
# Whoever gives out places may look again.
slot_freed = threading.Event()


def _carry_out(claim: Claim, transport: Transport, stopping: Callable[[], bool]) -> None:
    wanted = _Wanted(claim)
    try:
        certification = _certify(claim, transport, lambda: stopping() or not wanted())
    except Stopped:
        let_go = claims.release if wanted.still else recording.cancel
        logger.info("stopped before its end")
        _patiently(lambda: let_go(claim), stopping)
        return
    metrics.ran(certification)
    _patiently(lambda: _conclude(claim, certification), stopping)


def _conclude(claim: Claim, certification: Certification) -> None:
    if not _is_retried(claim, certification) and recording.record(claim, certification):
        logger.info("%s in %d ms", certification.verdict, certification.duration_ms)


def _patiently(step: Callable[[], T], stopping: Callable[[], bool]) -> T:
    """Takes a step again while the database is away: what a run has found was slow to find, and
    costs money. Each step is conditional on the row, so one that was taken without our hearing of
    it changes nothing the second time.

    Raises OperationalError or InterfaceError at last, or as soon as this process has to end.
    """
    give_up_at = time.monotonic() + DATABASE_PATIENCE
    while True:
        try:
            return step()
        except (OperationalError, InterfaceError) as error:
            if stopping() or time.monotonic() > give_up_at:
                raise
            logger.warning("the database is asked again: %s", error)
        time.sleep(DATABASE_PAUSE)
        close_old_connections()


def _is_retried(claim: Claim, certification: Certification) -> bool:
    """Lets the pair wait, if its region is shut or another try can help; false if it has to be
    recorded.

    1. the circuit breaker hears of it: that the region answers, or that it is in trouble
    2. a region that is shut is waited for, and the attempt is excused
    3. an error that another try could mend waits for its turn, as long as tries are left
    """
    pair = claim.pair
    trouble = circuit_breaker.regional_trouble_in(certification)
    if trouble is not None:
        if circuit_breaker.record_trouble(pair, trouble):
            return claims.wait_for_region(
                claim, BACKOFF.seconds(1, certification.retry_after, _chance)
            )
    elif not circuit_breaker.says_nothing_of_the_region(certification):
        circuit_breaker.record_answer(pair.region_id)
    if claim.tries > min(certification.retries, settings.CERTIFICATION_MAX_RETRIES):
        return False
    wait = BACKOFF.seconds(claim.tries, certification.retry_after, _chance)
    if not claims.retry_later(claim, wait):
        return False
    category = certification.error.category if certification.error else Category.NOT_JUDGED
    metrics.retried(pair.region_id, category)
    # Not the error's own text: services repeat in it what they were asked.
    logger.info("%s, tried again in %.1f s", category, wait)
    return True


def offered_spec(pair: JobCertification) -> ModelSpec:
    """The pair's model as its region offers it."""
    offers = registry.offers([pair.model_id], [pair.region_id])
    return spec_of(pair.model, offers.get((pair.model_id, pair.region_id), ()))


@lru_cache(maxsize=1)
def bedrock() -> BedrockTransport:
    """The transport that the settings ask for; one for the whole process."""
    if settings.BEDROCK == "aws":
        return BedrockTransport()
    return BedrockTransport(settings.SIMULATOR_URL)


_chance = random.Random()  # noqa: S311


def _certify(claim: Claim, transport: Transport, stopped: Callable[[], bool]) -> Certification:
    pair = claim.pair
    if not pair.model.is_certifiable:
        return not_judged(
            pair.model.api_model_id,
            pair.region_id,
            Category.NOT_CERTIFIABLE,
            f"{pair.model.api_model_id} is no longer certifiable.",
        )
    return certify(
        _patiently(lambda: offered_spec(pair), stopped),
        pair.region_id,
        transport,
        Deadline(settings.CERTIFICATION_TIMEOUT / 1000),
        also=pair.job.config.get("checks", ()),
        stopped=stopped,
    )


class _Wanted:
    """Whether the pair is still this attempt's, asked of the database at most once a second."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._asked = time.monotonic()
        self.still = True

    def __call__(self) -> bool:
        if self.still and time.monotonic() - self._asked >= LOOK_EVERY:
            self._asked = time.monotonic()
            try:
                self.still = claims.holds(self._claim)
            except (OperationalError, InterfaceError) as error:
                # It will be asked again, and in the end the record is conditional anyway.
                logger.warning("not known whether the pair is still wanted: %s", error)
                close_old_connections()
        return self.still
