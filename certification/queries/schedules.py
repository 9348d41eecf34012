"""Which pairs the schedules cover, and which of them are due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from certification.models import CertificationJob, ModelCertification, Schedule
from certification.states import EXPIRED, OPEN_STANDING
from models_registry import queries as registry


@dataclass(frozen=True)
class ScheduleLine:
    """A schedule with the number of pairs that it covers, the number that are due, and its newest
    job."""

    schedule: Schedule
    pairs: int
    due: int
    last_job: CertificationJob | None


@dataclass(frozen=True)
class Coverage:
    """The number of offered pairs that a schedule covers, and those of them that are due, as (model
    UUID, region code), least recently tried first."""

    pairs: int
    due: list[tuple[UUID, str]]


def lines(now: datetime) -> list[ScheduleLine]:
    """Returns every schedule, ordered by name. About eight queries per schedule: there are few."""
    return [_line(schedule, now) for schedule in Schedule.objects.all()]


def coverage(schedule: Schedule, now: datetime) -> Coverage:
    """Returns what a schedule covers at `now`. Six queries."""
    models, regions = _scope(schedule)
    offered = registry.offers(models, regions)
    due = _due(models, regions, offered, now - _validity(schedule))
    return Coverage(len(offered), due)


def past_validity(now: datetime | Now) -> Q:
    """Returns the condition for standings that are past the validity of an active schedule."""
    past = Q(pk__in=())
    for schedule in Schedule.objects.filter(is_active=True):
        models, regions = _scope(schedule)
        past |= Q(model__in=models, region__in=regions, completed_at__lt=now - _validity(schedule))
    return past


def _validity(schedule: Schedule) -> timedelta:
    return timedelta(days=schedule.valid_days)


def _line(schedule: Schedule, now: datetime) -> ScheduleLine:
    covered = coverage(schedule, now)
    last_job = schedule.jobs.order_by("-created_at").first()
    return ScheduleLine(schedule, covered.pairs, len(covered.due), last_job)


def _scope(schedule: Schedule) -> tuple[list[UUID], list[str]]:
    """Returns the certifiable models and the active regions that a schedule selects."""
    models = registry.certifiable_models()
    if schedule.vendors:
        models = models.filter(vendor__in=schedule.vendors)
    chosen = set(schedule.chosen_models.values_list("pk", flat=True))
    regions = set(schedule.chosen_regions.values_list("pk", flat=True))
    return (
        [
            model.pk
            for model in models
            if (not chosen or model.pk in chosen)
            and (not schedule.capability or model.capabilities.get(schedule.capability) is True)
        ],
        [region.pk for region in registry.active_regions() if not regions or region.pk in regions],
    )


def _due(
    models: list[UUID],
    regions: list[str],
    offered: Iterable[tuple[UUID, str]],
    valid_since: datetime,
) -> list[tuple[UUID, str]]:
    """Returns the pairs that were never certified, are stale, or are past their validity, except
    those in an open job; least recently tried first.

    An INCONCLUSIVE result counts as a try: pairs that cannot be judged would otherwise fill
    every round.
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
            or standing.completed_at < valid_since
        ):
            due.append((standing.last_record_at or standing.completed_at, pair))
    due.sort(key=lambda item: (item[0] is not None, item[0] or valid_since))
    return [pair for _tried_at, pair in due]
