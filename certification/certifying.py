"""Carries out one pair: claim it, certify the model, record what it came to."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

from django.conf import settings

from models_registry import queries as registry

from . import dispatch, results
from .backoff import Backoff
from .dispatch import Claim
from .engine import (
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
from .models import JobCertification, Worker
from .specs import spec_of

logger = logging.getLogger(__name__)

BACKOFF = Backoff()
# How often a running pair asks whether it is still wanted, seconds.
LOOK_EVERY = 1.0


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
    claim = dispatch.claim(pair_id, worker)
    if claim is None:
        return
    _in_hand.add(pair_id)
    try:
        _carry_out(claim, transport or bedrock(), stopping)
    finally:
        _in_hand.discard(pair_id)


def in_hand() -> frozenset[UUID]:
    """The pairs that this process is at work on."""
    return frozenset(_in_hand)


_in_hand: set[UUID] = set()


def _carry_out(claim: Claim, transport: Transport, stopping: Callable[[], bool]) -> None:
    wanted = _Wanted(claim)
    try:
        certification = _certify(claim, transport, lambda: stopping() or not wanted())
    except Stopped:
        if not wanted.still:
            results.cancel(claim)
        else:
            dispatch.hand_back(claim)
        return
    tries_left = settings.CERTIFICATION_MAX_RETRIES + 1 - claim.tries
    if tries_left > 0 and claim.tries <= certification.retries:
        wait = BACKOFF.seconds(claim.tries, certification.retry_after, _chance)
        if dispatch.put_off(claim, wait):
            logger.info(
                "pair %s: %s, tried again in %.1f s", claim.pair.pk, certification.error, wait
            )
        return
    results.record(claim, certification)


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
        offered_spec(pair),
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
            self.still = dispatch.holds(self._claim)
        return self.still
