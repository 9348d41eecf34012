"""The circuit breaker of a region: closed, open, half-open.

It opens when several different models meet the region's trouble, lets one pair through at a time
to probe the region (half-open), and closes with the first answer. What may be the models' own
trouble, such as a quota, counts only while no other model answers in the region. All workers share
it, because it is a row; each change is one conditional UPDATE. Admission gives an open region no
slots.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from certification import queries
from certification.accounts import audit
from certification.accounts.audit import COMMAND_LINE, Actor
from certification.engine import POLICIES, Category, Certification, Scope
from certification.errors import LimitOutOfRange
from certification.models import (
    CircuitBreaker,
    JobCertification,
    ModelCertification,
    RegionFailure,
)
from certification.states import AuditAction, PairStatus

from . import admission

logger = logging.getLogger(__name__)

# The longest wait between two probes, as a multiple of the first.
LONGEST_WAIT = 20
# The highest limit of pairs that a region may have.
MAX_LIMIT = 1_000
# Errors that show nothing about the region: no call was made, or the fault was ours.
SILENT = frozenset(
    {Category.CREDENTIALS, Category.INTERNAL, Category.NOT_CERTIFIABLE, Category.WORKER_LOST}
)
REGIONAL = frozenset(c for c, policy in POLICIES.items() if policy.scope is Scope.REGION)
# How long an answer of one model shows that the region works.
ANSWERS_COUNT = timedelta(minutes=1)


def observe(pair: JobCertification, certification: Certification) -> bool:
    """Counts what a run shows about its region.

    Returns whether the run met the region's trouble and the circuit is open now.
    """
    trouble = regional_trouble(certification)
    if trouble is not None:
        return record_trouble(pair, trouble)
    if certification.error is None or certification.error.category not in SILENT:
        record_answer(pair.region_id)
    return False


def regional_trouble(certification: Certification) -> Category | None:
    """The category of the error that decided a run, if it may be the whole region's."""
    if certification.error is None:
        return None
    category = Category(certification.error.category)
    has_answered = certification.latency_ms is not None
    match POLICIES[category].scope:
        case Scope.REGION:
            return category
        case Scope.EITHER if not has_answered:
            return category
    return None


def record_answer(region: str) -> None:
    """The region answers: forgets its failures, and closes its circuit."""
    if _close(region):
        logger.warning("region %s answers again", region)


def record_trouble(pair: JobCertification, category: Category) -> bool:
    """Counts a model that met its region's trouble; returns whether the circuit is open now.

    1. count the model once since the region last answered
    2. enough different models open the circuit, and the region's queued pairs lose their slots;
       with errors that may be the models' own, only if no other model answered in the last minute
       and none is running, which may still answer
    3. a failure of a pair that began after that was a probe's: wait for the next one, twice as long
       if the error cannot be the model's own
    """
    region = pair.region_id
    CircuitBreaker.objects.bulk_create([CircuitBreaker(region_id=region)], ignore_conflicts=True)
    RegionFailure.objects.bulk_create(
        [RegionFailure(region_id=region, model_id=pair.model_id, category=category)],
        update_conflicts=True,
        unique_fields=["region", "model"],
        update_fields=["category"],
    )
    with transaction.atomic():
        opened = (
            CircuitBreaker.objects.filter(pk=region, opened_at=None)
            .annotate(
                failed=_failed_models(),
                of_region=_failed_models(category__in=REGIONAL),
                answers=_answers_elsewhere(region),
            )
            .filter(
                Q(of_region__gte=settings.BREAKER_MODELS)
                | Q(failed__gte=settings.BREAKER_MODELS, answers=False)
            )
            .update(opened_at=Now(), retry_at=_after(0), reason=category)
        )
        if opened:
            admission.withdraw(JobCertification.objects.filter(region=region))
    if opened:
        logger.warning("the circuit of region %s is open: %s", region, category)
        return True
    breaker = CircuitBreaker.objects.get(pk=region)
    if breaker.opened_at is None:
        return False
    if pair.started_at and pair.started_at > breaker.opened_at:
        failed_probes = breaker.failed_probes + (category in REGIONAL)
        CircuitBreaker.objects.filter(
            pk=region, opened_at__isnull=False, failed_probes=breaker.failed_probes
        ).update(retry_at=_after(failed_probes), failed_probes=failed_probes, reason=category)
    return True


def _failed_models(**which: object) -> Subquery:
    """The number of models that failed in a breaker's region since it last answered."""
    return Subquery(
        RegionFailure.objects.filter(region=OuterRef("pk"), **which)
        .order_by()
        .values("region")
        .annotate(models=Count("pk"))
        .values("models"),
        output_field=IntegerField(),
    )


def _answers_elsewhere(region: str) -> Q:
    """Whether a model that did not fail answered in the region lately, or is running there."""
    others = ~Q(model__in=RegionFailure.objects.filter(region=region).values("model"))
    answered = ModelCertification.objects.filter(
        others, region=region, latency_ms__isnull=False, completed_at__gte=Now() - ANSWERS_COUNT
    )
    running = JobCertification.objects.filter(
        others, region=region, status=PairStatus.PROCESSING, worker__isnull=False
    )
    return Exists(answered) | Exists(running)


def reset(region: str, actor: Actor = COMMAND_LINE) -> bool:
    """Closes a region's circuit by hand; false if it was not open. Raises UnknownRegions."""
    queries.lookup.regions_named([region], inactive=True)
    with transaction.atomic():
        changed = _close(region)
        if changed:
            audit.note(actor, AuditAction.BREAKER_RESET, subject=region)
    return changed


def set_limit(region: str, pairs: int | None, actor: Actor = COMMAND_LINE) -> None:
    """Sets how many pairs of a region may run at a time; None: the deployment's limit.

    Raises UnknownRegions, LimitOutOfRange.
    """
    queries.lookup.regions_named([region], inactive=True)
    if pairs is not None and not 1 <= pairs <= MAX_LIMIT:
        raise LimitOutOfRange(
            _("A region's limit is a number from 1 to %(most)s.") % {"most": MAX_LIMIT}, limit=pairs
        )
    with transaction.atomic():
        CircuitBreaker.objects.update_or_create(region_id=region, defaults={"limit": pairs})
        audit.note(actor, AuditAction.LIMIT_CHANGED, subject=region, limit=pairs)


def _close(region: str) -> bool:
    failures = RegionFailure.objects.filter(region=region)
    breaker = CircuitBreaker.objects.filter(pk=region)
    # Almost every answer finds nothing to do, for which it should not need a transaction.
    if not breaker.filter(Q(opened_at__isnull=False) | Exists(failures)).exists():
        return False
    failures.delete()
    opened = breaker.filter(opened_at__isnull=False)
    return bool(opened.update(opened_at=None, retry_at=None, failed_probes=0, reason=""))


def _after(failed_probes: int) -> Combinable:
    """When the next probe is due."""
    seconds = settings.BREAKER_OPEN_SECONDS * min(LONGEST_WAIT, 2**failed_probes)
    return Now() + timedelta(seconds=seconds)
