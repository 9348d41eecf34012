"""What the schedules say is due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from certification.models import CertificationJob, ModelCertification, RecertificationPolicy
from certification.states import EXPIRED, OPEN_STANDING
from models_registry import queries as registry


@dataclass(frozen=True)
class ScheduleLine:
    """A schedule, how many pairs it watches over, how many of them are due now, and its last
    job."""

    policy: RecertificationPolicy
    pairs: int
    due: int
    last_job: CertificationJob | None


@dataclass(frozen=True)
class Watched:
    """How many pairs a schedule watches over, which are those that are offered, and which of them
    are due, the ones that were tried longest ago first."""

    pairs: int
    due: list[tuple[UUID, str]]


def lines(now: datetime) -> list[ScheduleLine]:
    """One for each schedule, by name. Some queries for each: there are few."""
    return [_line(policy, now) for policy in RecertificationPolicy.objects.all()]


def watched(policy: RecertificationPolicy, now: datetime) -> Watched:
    """Six queries."""
    models, regions = _scope(policy)
    offered = registry.offers(models, regions)
    due = _due(models, regions, offered, now - _validity(policy))
    return Watched(len(offered), due)


def past_their_days(now: datetime | Now) -> Q:
    """Of standings, those that are too old for a schedule that is on."""
    past = Q(pk__in=())
    for policy in RecertificationPolicy.objects.filter(is_active=True):
        models, regions = _scope(policy)
        past |= Q(model__in=models, region__in=regions, completed_at__lt=now - _validity(policy))
    return past


def _validity(policy: RecertificationPolicy) -> timedelta:
    return timedelta(days=policy.valid_days)


def _line(policy: RecertificationPolicy, now: datetime) -> ScheduleLine:
    over = watched(policy, now)
    last_job = policy.jobs.order_by("-created_at").first()
    return ScheduleLine(policy, over.pairs, len(over.due), last_job)


def _scope(policy: RecertificationPolicy) -> tuple[list[UUID], list[str]]:
    """The models and regions that a schedule is for, of those that are certifiable now."""
    models = registry.certifiable_models()
    if policy.vendors:
        models = models.filter(vendor__in=policy.vendors)
    chosen = set(policy.chosen_models.values_list("pk", flat=True))
    regions = set(policy.chosen_regions.values_list("pk", flat=True))
    return (
        [
            model.pk
            for model in models
            if (not chosen or model.pk in chosen)
            and (not policy.capability or model.capabilities.get(policy.capability) is True)
        ],
        [region.pk for region in registry.active_regions() if not regions or region.pk in regions],
    )


def _due(
    models: list[UUID], regions: list[str], offered: Iterable[tuple[UUID, str]], too_old: datetime
) -> list[tuple[UUID, str]]:
    """Pairs that were never certified, are stale, or are past their days. Those that a job is at
    work on are left out.

    What could not be judged counts as tried, so that it does not take every round for itself.
    """
    standings = {
        (standing.model_id, standing.region_id): standing
        for standing in ModelCertification.objects.filter(
            model__in=models, region__in=regions
        ).only(
            "model_id",
            "region_id",
            "status",
            "verdict",
            "stale_reason",
            "completed_at",
            "last_record_at",
        )
    }
    due: list[tuple[datetime | None, tuple[UUID, str]]] = []
    for pair in sorted(offered):
        standing = standings.get(pair)
        if standing is None or (not standing.verdict and standing.status not in OPEN_STANDING):
            due.append((None, pair))
        elif standing.status not in OPEN_STANDING and (
            standing.stale_reason not in ("", EXPIRED)
            or standing.completed_at is None
            or standing.completed_at < too_old
        ):
            due.append((standing.last_record_at or standing.completed_at, pair))
    due.sort(key=lambda item: (item[0] is not None, item[0] or too_old))
    return [pair for _when, pair in due]
