"""Writes a look at AWS to the registry."""

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
from .reading import Answer, by_model


class NothingToApply(Exception):
    """The look does not exist, is applied already, or is not the newest."""


def apply(look_id: UUID) -> Differences:
    """Applies a look and returns the changes, in the caller's transaction or its own.

    1. lock the newest look; refuse any other, because the user has not seen the newest
    2. add, change and delete offers, only in the regions that were read
    3. update lifecycles and end-of-life dates
    4. mark the regions as synced: from now on AWS, not the catalogue, determines their offers

    Raises NothingToApply.
    """
    with transaction.atomic():
        newest = AwsLook.objects.select_for_update().order_by("-looked_at", "-pk").first()
        if newest is None or newest.pk != look_id or newest.applied_at is not None:
            raise NothingToApply
        found = comparing.differences(newest)
        _write_offers(found)
        _write_lifecycles(found, comparing.answers_in(newest))
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
    names_by_lifecycle: dict[str, list[str]] = {}
    for name, regions in by_model(seen):
        names_by_lifecycle.setdefault(comparing.lifecycle_of(regions.values()), []).append(name)
    names_by_lifecycle.pop("", None)
    for lifecycle, names in names_by_lifecycle.items():
        # Also for unchanged models: from now on AWS takes precedence over the catalogue.
        AIModel.objects.filter(provider=BEDROCK, api_model_id__in=names).update(
            aws_lifecycle=lifecycle
        )
