"""Makes the registry say what a look at AWS saw."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from ..models import AIModel, AwsLook, ModelOffer, Region
from ..offers import BEDROCK
from . import comparing
from .comparing import Differences
from .reading import Answer, gathered


class NothingToApply(Exception):
    """There is no such look, it was applied before, or a newer one is there to be read first."""


def apply(look_id: UUID) -> Differences:
    """Applies what a look saw and gives what that changed, in the caller's transaction or its own.

    1. the look is locked; one that is not the last is refused, so nobody applies what they have
       not seen
    2. offers are added, corrected and taken out, in the regions that were read alone
    3. lifecycles, and the days on which models end
    4. from now on AWS, not the catalogue, says what these regions offer

    Raises NothingToApply.
    """
    with transaction.atomic():
        newest = AwsLook.objects.select_for_update().order_by("-looked_at", "-pk").first()
        if newest is None or newest.pk != look_id or newest.applied_at is not None:
            raise NothingToApply
        found = comparing.differences(newest)
        _write_offers(found)
        _write_lifecycles(found, comparing.seen_in(newest))
        Region.objects.filter(pk__in=list(newest.seen)).update(synced_at=Now())
        AwsLook.objects.filter(pk=newest.pk).update(applied_at=Now(), changes=found.count)
    return found


def _write_offers(found: Differences) -> None:
    keys = {(change.model_id, change.region) for change in found.offers}
    rows = {
        (offer.model_id, offer.region_id): offer
        for offer in ModelOffer.objects.filter(region__in={region for _model, region in keys})
        if (offer.model_id, offer.region_id) in keys
    }
    ModelOffer.objects.bulk_create(
        ModelOffer(
            model_id=change.model_id, region_id=change.region, inference_types=list(change.new)
        )
        for change in found.new
    )
    for change in found.changed:
        rows[change.model_id, change.region].inference_types = list(change.new)
    ModelOffer.objects.bulk_update(
        [rows[change.model_id, change.region] for change in found.changed],
        ["inference_types"],
        batch_size=500,
    )
    gone = [rows[change.model_id, change.region].pk for change in found.gone]
    for start in range(0, len(gone), 500):
        ModelOffer.objects.filter(pk__in=gone[start : start + 500]).delete()


def _write_lifecycles(found: Differences, seen: Mapping[str, Answer]) -> None:
    for change in found.lifecycles:
        AIModel.objects.filter(pk=change.model_id).update(
            lifecycle=change.new,
            end_of_life_at=change.end_of_life_at,
            updated_at=timezone.now(),
        )
    told: dict[str, list[str]] = {}
    for name, regions in gathered(seen):
        told.setdefault(comparing.lifecycle_of(regions.values()), []).append(name)
    told.pop("", None)
    for lifecycle, names in told.items():
        # Also where nothing changed: from now on AWS goes before the catalogue.
        AIModel.objects.filter(provider=BEDROCK, api_model_id__in=names).update(
            aws_lifecycle=lifecycle
        )
