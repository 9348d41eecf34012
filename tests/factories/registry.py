# factory-boy leaves its declarations untyped.
# mypy: disable-error-code="no-untyped-call"
"""Providers, regions, models and offers for tests: sequences only, no random values.

Call `XFactory.create(...)`, not `XFactory(...)`: only the former is typed as returning the row.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from factory.declarations import LazyAttribute, LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory

from models_registry.models import AIModel, Geography, Kind, ModelOffer, Provider, Region


class ProviderFactory(DjangoModelFactory[Provider]):
    """By default Bedrock; creating it twice returns the same row."""

    class Meta:
        model = Provider
        django_get_or_create = ("id",)

    id = "bedrock"
    name = LazyAttribute(lambda provider: provider.id.title())
    is_certifiable = LazyAttribute(lambda provider: provider.id == "bedrock")


class RegionFactory(DjangoModelFactory[Region]):
    class Meta:
        model = Region
        django_get_or_create = ("id",)

    id = Sequence(lambda n: f"us-test-{n + 1}")
    name = LazyAttribute(lambda region: f"US Test ({region.id})")
    name_pt = LazyAttribute(lambda region: f"Teste dos EUA ({region.id})")
    geography = Geography.US


class AIModelFactory(DjangoModelFactory[AIModel]):
    class Meta:
        model = AIModel

    id = Sequence(lambda n: UUID(int=n + 1))
    provider = SubFactory(ProviderFactory)
    api_model_id = Sequence(lambda n: f"vendor.model-{n + 1}-v1:0")
    name = Sequence(lambda n: f"Model {n + 1}")
    vendor = "Vendor"
    kind = Kind.TEXT
    input_modalities = LazyFunction(lambda: ["TEXT"])
    output_modalities = LazyFunction(lambda: ["TEXT"])
    capabilities = LazyFunction(lambda: {"streaming": True, "tools": True})
    context_window = 128_000
    max_output_tokens = 4096
    input_price = Decimal("0.5")
    output_price = Decimal("1.5")


class ModelOfferFactory(DjangoModelFactory[ModelOffer]):
    class Meta:
        model = ModelOffer

    model = SubFactory(AIModelFactory)
    region = SubFactory(RegionFactory)
    inference_types = LazyFunction(lambda: ["ON_DEMAND"])
