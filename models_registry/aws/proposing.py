"""Models that AWS lists and the registry does not hold: staff accept or dismiss them."""

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
from .comparing import known_models, lifecycle_of
from .reading import Answer, ListedModel, by_model

UPDATED_FIELDS = (
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
    """The proposal does not exist or is not open."""


class UnsupportedKind(Exception):
    """No kind has the modalities of the model."""


def propose(seen: Mapping[str, Answer]) -> None:
    """Creates or updates a proposal for each unknown model; accepted and dismissed ones stay so.

    Regions that were not read keep their earlier facts. A region that was read and no longer lists
    the model is removed from its proposal.
    """
    registered = set(known_models().values_list("api_model_id", flat=True))
    rows = {row.api_model_id: row for row in ModelProposal.objects.all()}
    now = timezone.now()
    changed = []
    for name, regions in by_model(seen):
        if name in registered:
            continue
        row = rows.get(name) or ModelProposal(api_model_id=name)
        facts = next((one for one in regions.values() if one.name), ListedModel())
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
    listed_now = {name for name, _regions in by_model(seen)}
    for name, row in rows.items():
        remaining = {region: types for region, types in row.regions.items() if region not in seen}
        if name not in listed_now and remaining != row.regions:
            row.regions = remaining
            changed.append(row)
    # Two parallel looks may both propose the same model.
    ModelProposal.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["api_model_id"],
        update_fields=UPDATED_FIELDS,
    )


def open_proposals() -> QuerySet[ModelProposal]:
    """Returns the open proposals by vendor and name, without models that the registry now holds or
    that no region lists any more."""
    registered = known_models().filter(api_model_id=OuterRef("api_model_id"))
    return ModelProposal.objects.filter(~Exists(registered), status=ProposalStatus.OPEN).exclude(
        regions={}
    )


def accept(proposal_id: UUID) -> AIModel:
    """Creates an inactive model from a proposal.

    Raises NoSuchProposal, UnsupportedKind.
    """
    with transaction.atomic():
        row = _set_status(proposal_id, ProposalStatus.ACCEPTED)
        kind = kind_of(row)
        if kind is None:
            raise UnsupportedKind
        capabilities = {"image_input": "IMAGE" in row.input_modalities}
        if row.streaming is not None:
            capabilities["streaming"] = row.streaming
        # The model may exist already, in imported history.
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
    """Dismisses a proposal. Raises NoSuchProposal."""
    with transaction.atomic():
        return _set_status(proposal_id, ProposalStatus.DISMISSED)


def _set_status(proposal_id: UUID, status: ProposalStatus) -> ModelProposal:
    if not open_proposals().filter(pk=proposal_id).update(status=status):
        raise NoSuchProposal
    return ModelProposal.objects.get(pk=proposal_id)


def kind_of(proposal: ModelProposal) -> Kind | None:
    """Derives the kind from the modalities; None if no kind has them."""
    inputs = set(proposal.input_modalities)
    outputs = set(proposal.output_modalities)
    if "rerank" in proposal.api_model_id.lower():
        return Kind.RERANK
    if "EMBEDDING" in outputs:
        return Kind.EMBEDDING
    if outputs & {"SPEECH", "AUDIO"}:
        return Kind.SPEECH
    if "VIDEO" in outputs:
        return Kind.VIDEO
    if "TEXT" in outputs:
        return _kind_of_reader(inputs)
    if "IMAGE" in outputs:
        # A model without text input edits the picture that it receives.
        return Kind.IMAGE if "TEXT" in inputs else Kind.IMAGE_EDIT
    return None


def _kind_of_reader(inputs: Collection[str]) -> Kind:
    """Returns the kind of a model that writes text.

    Models that converse read text, and pictures before they read video. One that reads no text, or
    video but no pictures (such as TwelveLabs' Pegasus), takes requests of its own.
    """
    if "VIDEO" in inputs and "IMAGE" not in inputs:
        return Kind.VIDEO
    if inputs and not {"TEXT", "IMAGE"} & set(inputs):
        return Kind.SPEECH
    return Kind.TEXT
