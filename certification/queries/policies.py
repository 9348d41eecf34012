"""What the schedules say is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from certification.models import CertificationJob, ModelCertification, RecertificationPolicy
from certification.states import OPEN_STANDING
from models_registry import queries as registry


@dataclass(frozen=True)
class PolicyLine:
    """A schedule, how many pairs it watches over, how many of them are due now, and its last
    job."""

    policy: RecertificationPolicy
    pairs: int
    due: int
    last_job: CertificationJob | None


def policy_lines(now: datetime) -> list[PolicyLine]:
    """One for each schedule, by name. Some queries for each: there are few."""
    return [
        PolicyLine(
            policy,
            pairs=len(registry.offers(*scope(policy))),
            due=len(due_pairs(policy, now)),
            last_job=policy.jobs.order_by("-created_at").first(),
        )
        for policy in RecertificationPolicy.objects.all()
    ]


def scope(policy: RecertificationPolicy) -> tuple[list[UUID], list[str]]:
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


def due_pairs(policy: RecertificationPolicy, now: datetime) -> list[tuple[UUID, str]]:
    """Offered pairs of the schedule that were never certified, are stale, or are past their days;
    those that were certified longest ago first. Pairs that a job is at work on are left out."""
    too_old = now - timedelta(days=policy.valid_days)
    models, regions = scope(policy)
    standings = {
        (standing.model_id, standing.region_id): standing
        for standing in ModelCertification.objects.filter(
            model__in=models, region__in=regions
        ).only("model_id", "region_id", "status", "verdict", "stale_reason", "completed_at")
    }
    due: list[tuple[datetime | None, tuple[UUID, str]]] = []
    for pair in sorted(registry.offers(models, regions)):
        standing = standings.get(pair)
        if standing is None or (not standing.verdict and standing.status not in OPEN_STANDING):
            due.append((None, pair))
        elif standing.status not in OPEN_STANDING and (
            standing.stale_reason
            or standing.completed_at is None
            or standing.completed_at < too_old
        ):
            due.append((standing.completed_at, pair))
    due.sort(key=lambda item: (item[0] is not None, item[0] or now))
    return [pair for _when, pair in due]
