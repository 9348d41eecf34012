"""Takes over what another registry called its models: ids that clients keep, models of the past."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import ForeignObjectRel
from django.utils import timezone

from .models import AIModel, Kind, Lifecycle, ModelOffer, Origin, Provider


def take_id(model: AIModel, new: UUID) -> bool:
    """Gives a model another id, if nothing but its offers refers to it yet.

    False, with nothing changed, where history already names it by the one that it has.
    """
    for relation in AIModel._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or relation.related_model is ModelOffer:
            continue
        rows = relation.related_model._base_manager
        if rows.filter(**{relation.field.name: model.pk}).exists():
            return False
    with transaction.atomic():
        AIModel.objects.filter(pk=model.pk).update(id=new)
        ModelOffer.objects.filter(model=model.pk).update(model=new)
    return True


def add_retired(
    model_id: UUID, provider: str, provider_name: str, api_model_id: str, name: str, vendor: str
) -> AIModel:
    """A model that the catalogue does not know, for its history's sake: retired and switched off,
    as the catalogue would leave it, until AWS lists it and staff accept that. Its provider is
    made where it is unknown, not certifiable."""
    Provider.objects.get_or_create(pk=provider, defaults={"name": provider_name})
    return AIModel.objects.create(
        id=model_id,
        provider_id=provider,
        api_model_id=api_model_id,
        name=name,
        vendor=vendor,
        kind=Kind.TEXT,
        input_modalities=["TEXT"],
        output_modalities=["TEXT"],
        lifecycle=Lifecycle.RETIRED,
        is_active=False,
        retired_at=timezone.now(),
        origin=Origin.IMPORT,
    )
