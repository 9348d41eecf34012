"""Keeps the ids of an imported system's models, and its models that the catalogue does not hold."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import ForeignObjectRel
from django.utils import timezone

from .models import AIModel, Kind, Lifecycle, ModelOffer, Origin, Provider


def replace_id(model: AIModel, new: UUID) -> bool:
    """Replaces a model's id, if only its offers refer to it.

    Returns False, and changes nothing, if other rows refer to the model.
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


def add_retired_model(
    model_id: UUID, provider: str, provider_name: str, api_model_id: str, name: str, vendor: str
) -> AIModel:
    """Creates a model that exists only in imported history: retired and inactive.

    It becomes a current model when AWS lists it and staff accept the proposal. An unknown provider
    is created, as not certifiable.
    """
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
