"""Models that AWS lists and we do not know: proposed to people, added by no one else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from ..models import (
    AIModel,
    Kind,
    Lifecycle,
    ModelOffer,
    ModelProposal,
    Origin,
    ProposalStatus,
    Region,
)
from ..offers import BEDROCK
from .comparing import known, lifecycle_of
from .reading import Answer, Listed, gathered

FACTS = (
    "name",
    "vendor",
    "input_modalities",
    "output_modalities",
    "streaming",
    "lifecycle",
    "regions",
    "last_seen_at",
)


class NoSuchProposal(Exception):
    """It does not wait for an answer any more, or never did."""


class NotOfAKindWeKnow(Exception):
    """No check knows what to ask of such a model: speech and video are not certified."""


def propose(seen: Mapping[str, Answer]) -> None:
    """Keeps each unknown model with what was last seen of it; what staff answered stays answered.

    A region that was not read this time keeps what it said before; one that was and lists the
    model no longer is taken out.
    """
    there = set(known().values_list("api_model_id", flat=True))
    rows = {row.api_model_id: row for row in ModelProposal.objects.all()}
    now = timezone.now()
    changed = []
    for name, regions in gathered(seen):
        if name in there:
            continue
        row = rows.get(name) or ModelProposal(api_model_id=name)
        facts = next((one for one in regions.values() if one.name), Listed())
        row.name = facts.name or row.name or name
        row.vendor = facts.vendor or row.vendor or name.partition(".")[0].title()
        row.input_modalities = facts.input_modalities or row.input_modalities
        row.output_modalities = facts.output_modalities or row.output_modalities
        row.streaming = row.streaming if facts.streaming is None else facts.streaming
        row.lifecycle = lifecycle_of(regions.values()) or row.lifecycle
        unread = {region: types for region, types in row.regions.items() if region not in seen}
        row.regions = unread | {region: listed.types for region, listed in regions.items()}
        row.last_seen_at = now
        changed.append(row)
    listed_now = {name for name, _regions in gathered(seen)}
    for name, row in rows.items():
        left = {region: types for region, types in row.regions.items() if region not in seen}
        if name not in listed_now and left != row.regions:
            row.regions = left
            changed.append(row)
    # Two looks at once may both have found the same model.
    ModelProposal.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["api_model_id"],
        update_fields=FACTS,
    )


def open_proposals() -> QuerySet[ModelProposal]:
    """Those that wait for an answer, by vendor and name; a model that the catalogue has come to
    know waits no longer, nor does one that no region lists any more."""
    there = known().filter(api_model_id=OuterRef("api_model_id"))
    return ModelProposal.objects.filter(~Exists(there), status=ProposalStatus.OPEN).exclude(
        regions={}
    )


def accept(proposal_id: UUID) -> AIModel:
    """Makes a model of what AWS says, switched off until someone switches it on.

    Raises NoSuchProposal, NotOfAKindWeKnow.
    """
    with transaction.atomic():
        row = _answer(proposal_id, ProposalStatus.ACCEPTED)
        kind = kind_of(row)
        if kind is None:
            raise NotOfAKindWeKnow
        capabilities = {"image_input": "IMAGE" in row.input_modalities}
        if row.streaming is not None:
            capabilities["streaming"] = row.streaming
        # What an import remembers is the same model.
        model, _made = AIModel.objects.update_or_create(
            provider_id=BEDROCK,
            api_model_id=row.api_model_id,
            defaults={
                "name": row.name,
                "vendor": row.vendor,
                "kind": kind,
                "input_modalities": row.input_modalities,
                "output_modalities": row.output_modalities,
                "capabilities": capabilities,
                "lifecycle": row.lifecycle or Lifecycle.ACTIVE,
                "aws_lifecycle": row.lifecycle,
                "origin": Origin.AWS,
                "is_active": False,
                "retired_at": None,
            },
        )
        regions = Region.objects.filter(pk__in=list(row.regions))
        ModelOffer.objects.bulk_create(
            ModelOffer(model=model, region=region, inference_types=row.regions[region.pk])
            for region in regions
        )
    return model


def dismiss(proposal_id: UUID) -> ModelProposal:
    """Raises NoSuchProposal."""
    with transaction.atomic():
        return _answer(proposal_id, ProposalStatus.DISMISSED)


def _answer(proposal_id: UUID, status: ProposalStatus) -> ModelProposal:
    if not open_proposals().filter(pk=proposal_id).update(status=status):
        raise NoSuchProposal
    return ModelProposal.objects.get(pk=proposal_id)


def kind_of(proposal: ModelProposal) -> Kind | None:
    """By what it takes and gives; None for what there are no checks for."""
    takes: Collection[str] = set(proposal.input_modalities)
    gives: Collection[str] = set(proposal.output_modalities)
    if "rerank" in proposal.api_model_id.lower():
        return Kind.RERANK
    if "EMBEDDING" in gives:
        return Kind.EMBEDDING
    if "TEXT" in gives:
        return Kind.TEXT
    if "IMAGE" in gives:
        # What asks for a picture alone, or first, changes that picture.
        return Kind.IMAGE if "TEXT" in takes else Kind.IMAGE_EDIT
    return None
