"""Runs one pair: claim it, certify the model, and act on the result."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections

from certification import queries
from certification.engine import (
    Account,
    BedrockTransport,
    Category,
    Certification,
    Deadline,
    ModelSpec,
    Refusals,
    Stopped,
    Transport,
    certify,
    not_judged,
)
from certification.jobs.requests import Options
from certification.models import JobCertification, Worker
from certification.observability import log_context, metrics
from certification.queries.model_specs import no_allowed_route, spec_of
from certification.queue import circuit_breaker, claims
from certification.queue.claims import Claim
from models_registry import queries as registry

from . import recording
from .activity import ACTIVITY
from .decision import Record, Retry, WaitForRegion, decide

logger = logging.getLogger(__name__)

T = TypeVar("T")
# How often a running pair checks that its claim still stands, seconds.
CHECK_CLAIM_EVERY = 1.0
# How long a step is repeated while the database is away, and the pause between two tries, seconds.
DATABASE_PATIENCE = 300.0
DATABASE_PAUSE = 1.0
_CHANCE = random.Random()  # noqa: S311


def run(
    pair_id: UUID,
    worker: Worker,
    *,
    transport: Transport | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Does nothing if the pair cannot be claimed: it is taken, not queued, or gone.

    `stopping` returns whether this process has to end: the pair is then released between two
    checks.
    """
    with log_context.bound(pair=pair_id):
        claim = _repeat_while_database_is_away(lambda: claims.claim(pair_id, worker), stopping)
        if claim is None:
            return
        with (
            ACTIVITY.working_on(pair_id),
            log_context.bound(
                job=claim.pair.job_id,
                attempt=claim.attempt,
                model=claim.pair.model_id,
                apiModelId=claim.pair.model.api_model_id,
                region=claim.pair.region_id,
            ),
        ):
            _run(claim, transport or bedrock(), stopping)


def _run(claim: Claim, transport: Transport, stopping: Callable[[], bool]) -> None:
    stands = _ClaimStands(claim)
    logger.info(
        "model identified: UUID=%s, apiModelId=%s",
        claim.pair.model_id,
        claim.pair.model.api_model_id,
    )
    try:
        certification = _certify(claim, transport, lambda: stopping() or not stands())
    except Stopped:
        let_go = claims.release if stands.last_answer else recording.cancel
        logger.info("stopped before its end")
        _repeat_while_database_is_away(lambda: let_go(claim), stopping)
        return
    metrics.record_run(certification)
    _repeat_while_database_is_away(lambda: _act(claim, certification), stopping)


def _act(claim: Claim, certification: Certification) -> None:
    """Each step is conditional on the claim: one that no longer stands changes nothing."""
    decision = decide(
        certification,
        tries=claim.tries,
        max_retries=settings.CERTIFICATION_MAX_RETRIES,
        circuit_open=circuit_breaker.observe(claim.pair, certification),
        chance=_CHANCE,
    )
    match decision:
        case WaitForRegion(seconds):
            claims.wait_for_region(claim, seconds, certification)
        case Retry(seconds):
            if claims.retry_later(claim, seconds, certification):
                error = certification.error
                category = error.category if error else Category.NOT_JUDGED
                metrics.record_retry(claim.pair.region_id, category)
                # Not the error's own text: services repeat in it what they were sent.
                logger.info("%s, tried again in %.1f s", category, seconds)
        case Record():
            if recording.record(claim, certification):
                logger.info("%s in %d ms", certification.verdict, certification.duration_ms)


def _repeat_while_database_is_away(step: Callable[[], T], stopping: Callable[[], bool]) -> T:
    """Repeats a step while the database does not answer, since what a run has found took time and
    money. Each step is conditional on the row, so one that was committed without our knowing
    changes nothing the second time.

    Raises OperationalError or InterfaceError after DATABASE_PATIENCE, or when this process has to
    end.
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


def _certify(claim: Claim, transport: Transport, stopped: Callable[[], bool]) -> Certification:
    pair = claim.pair
    if not pair.model.is_certifiable:
        return not_judged(
            pair.model.api_model_id,
            pair.region_id,
            Category.NOT_CERTIFIABLE,
            f"{pair.model.api_model_id} is no longer certifiable.",
        )
    spec = _repeat_while_database_is_away(lambda: offered_spec(pair), stopped)
    if not spec.routes:
        allowed = Options.of_config(pair.job.config).allowed_routes
        text = no_allowed_route(spec.api_model_id, pair.region_id, allowed)
        return not_judged(spec.api_model_id, pair.region_id, Category.ROUTE_FORBIDDEN, text)
    refusals = None
    if isinstance(transport, Account):
        refusals = Refusals(transport, lambda: _likely_regions(pair.region_id))
    return certify(
        spec,
        pair.region_id,
        transport,
        Deadline(settings.CERTIFICATION_TIMEOUT / 1000 * spec.time_factor),
        also=pair.job.config.get("checks", ()),
        stopped=stopped,
        refusals=refusals,
    )


def _likely_regions(region: str) -> list[str]:
    """Returns the other active regions, first those in which a model has answered last."""
    answered = queries.standings.regions_by_last_answer()
    active = [each.pk for each in registry.active_regions() if each.pk != region]
    order = {each: number for number, each in enumerate(answered)}
    return sorted(active, key=lambda each: order.get(each, len(order)))


def offered_spec(pair: JobCertification) -> ModelSpec:
    """The pair's model as its region offers it, with the routes that its job may use."""
    offers = registry.offers([pair.model_id], [pair.region_id])
    allowed = Options.of_config(pair.job.config).allowed_routes
    return spec_of(pair.model, offers.get((pair.model_id, pair.region_id), ()), allowed)


@lru_cache(maxsize=1)
def bedrock() -> BedrockTransport:
    """The transport of the settings; one for the whole process."""
    if settings.BEDROCK == "aws":
        return BedrockTransport(
            settings.BEDROCK_ENDPOINT or None,
            control_url=settings.BEDROCK_CONTROL_ENDPOINT or None,
            simulated=False,
        )
    return BedrockTransport(settings.SIMULATOR_URL, control_url=settings.SIMULATOR_URL)


class _ClaimStands:
    """Whether a claim still stands and its job still wants it, read at most every
    CHECK_CLAIM_EVERY seconds."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._checked_at = time.monotonic()
        self.last_answer = True

    def __call__(self) -> bool:
        if self.last_answer and time.monotonic() - self._checked_at >= CHECK_CLAIM_EVERY:
            self._checked_at = time.monotonic()
            try:
                self.last_answer = claims.holds(self._claim)
            except (OperationalError, InterfaceError) as error:
                # It is checked again later, and the record is conditional anyway.
                logger.warning("not known whether the claim still stands: %s", error)
                close_old_connections()
        return self.last_answer
