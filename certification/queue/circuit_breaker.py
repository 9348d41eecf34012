"""Shuts a region that does not answer, lets one pair through to try it, and opens it again.

The circuit breaker of a region, shared by all workers because it is a row. Each change is one
conditional UPDATE; who gives out a region's places (`dispatch`) reads it.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from certification import queries
from certification.accounts import audit
from certification.accounts.audit import COMMAND_LINE, Actor
from certification.engine import POLICIES, Category, Certification
from certification.errors import LimitOutOfRange
from certification.models import CircuitBreaker, JobCertification, RegionFailure
from certification.states import AuditAction

from . import admission

logger = logging.getLogger(__name__)

# The longest wait between two probes, as a multiple of the first.
LONGEST_WAIT = 20
# Says nothing about the region: no call was made, or ours was at fault.
SILENT = frozenset(
    {Category.CREDENTIALS, Category.INTERNAL, Category.NOT_CERTIFIABLE, Category.WORKER_LOST}
)


def regional_trouble_in(certification: Certification) -> Category | None:
    """What decided this run, if a whole region may be in it; None otherwise."""
    if certification.error is None:
        return None
    category = Category(certification.error.category)
    return category if POLICIES[category].regional else None


def says_nothing_of_the_region(certification: Certification) -> bool:
    """Whether the run shows neither that the region answers nor that it does not."""
    return certification.error is not None and certification.error.category in SILENT


def record_answer(region: str) -> None:
    """The region answers: forgets its failures, and opens its gate."""
    if _close(region):
        logger.warning("region %s answers again", region)


def record_trouble(pair: JobCertification, category: Category) -> bool:
    """Counts a model that met its region's trouble; true if the region is shut now.

    1. the model counts once since the region last answered
    2. enough different models shut the region, and its rung pairs lose their places
    3. the failure of a pair that began after that is a probe's: the next one waits twice as long
    """
    region = pair.region_id
    CircuitBreaker.objects.bulk_create([CircuitBreaker(region_id=region)], ignore_conflicts=True)
    RegionFailure.objects.bulk_create(
        [RegionFailure(region_id=region, model_id=pair.model_id, category=category)],
        ignore_conflicts=True,
    )
    models = (
        RegionFailure.objects.filter(region=OuterRef("pk"))
        .order_by()
        .values("region")
        .annotate(models=Count("pk"))
        .values("models")
    )
    with transaction.atomic():
        opened = (
            CircuitBreaker.objects.filter(pk=region, opened_at=None)
            .annotate(models=Subquery(models, output_field=IntegerField()))
            .filter(models__gte=settings.BREAKER_MODELS)
            .update(opened_at=Now(), retry_at=_after(0), reason=category)
        )
        if opened:
            admission.withdraw(JobCertification.objects.filter(region=region))
    if opened:
        logger.warning("region %s is shut: %s", region, category)
        return True
    breaker = CircuitBreaker.objects.get(pk=region)
    if breaker.opened_at is None:
        return False
    if pair.started_at and pair.started_at > breaker.opened_at:
        CircuitBreaker.objects.filter(
            pk=region, opened_at__isnull=False, failed_probes=breaker.failed_probes
        ).update(
            retry_at=_after(breaker.failed_probes + 1),
            failed_probes=breaker.failed_probes + 1,
            reason=category,
        )
    return True


def reset(region: str, actor: Actor = COMMAND_LINE) -> bool:
    """Opens a circuit breaker by hand; false if it was not shut. Raises UnknownRegions."""
    queries.lookup.regions_named([region], inactive=True)
    with transaction.atomic():
        changed = _close(region)
        if changed:
            audit.note(actor, AuditAction.BREAKER_RESET, subject=region)
    return changed


def set_limit(region: str, pairs: int | None, actor: Actor = COMMAND_LINE) -> None:
    """Sets how many pairs of a region may be at work at a time; None: the deployment's limit.

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


MAX_LIMIT = 1_000


def _close(region: str) -> bool:
    RegionFailure.objects.filter(region=region).delete()
    opened = CircuitBreaker.objects.filter(pk=region, opened_at__isnull=False)
    return bool(opened.update(opened_at=None, retry_at=None, failed_probes=0, reason=""))


def _after(failed_probes: int) -> Combinable:
    seconds = settings.BREAKER_OPEN_SECONDS * min(LONGEST_WAIT, 2**failed_probes)
    return Now() + timedelta(seconds=seconds)
