from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from models_registry import queries
from models_registry.models import AIModel, Kind, ModelOffer
from tests.factories.registry import (
    AIModelFactory,
    ModelOfferFactory,
    ProviderFactory,
    RegionFactory,
)

pytestmark = pytest.mark.django_db

AssertNumQueries = Callable[..., Any]


def test_certifiable_models_are_active_models_of_certifiable_providers_by_vendor_and_name() -> None:
    zephyr = AIModelFactory.create(vendor="Amazon", name="Zephyr")
    nova = AIModelFactory.create(vendor="Amazon", name="Nova")
    claude = AIModelFactory.create(vendor="Anthropic", name="Claude")
    AIModelFactory.create(is_active=False)
    foreign = AIModelFactory.create(provider=ProviderFactory.create(id="openai"), vendor="OpenAI")
    sonic = AIModelFactory.create(vendor="Sound", kind=Kind.SPEECH)

    assert list(queries.certifiable_models()) == [nova, zephyr, claude]
    assert list(queries.active_models()) == [nova, zephyr, claude, foreign, sonic]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize("provider", ["bedrock", "openai"])
def test_the_rule_of_what_is_certifiable_is_the_same_as_a_filter(
    kind: Kind, active: bool, provider: str
) -> None:
    model = AIModelFactory.create(
        kind=kind, is_active=active, provider=ProviderFactory.create(id=provider)
    )

    assert model.is_certifiable == queries.certifiable_models().exists()
    assert model.is_certifiable == (
        active and provider == "bedrock" and not model.unsupported_because
    )


def test_models_are_found_by_uuid_and_by_api_model_id_in_one_query(
    django_assert_num_queries: AssertNumQueries,
) -> None:
    models = [AIModelFactory.create() for _ in range(30)]
    identifiers = [str(model.id) for model in models[:15]]
    identifiers += [model.api_model_id for model in models[15:]]

    # One query: the models with their providers.
    with django_assert_num_queries(1):
        found = queries.find_models(identifiers)
        assert all(model.provider.is_certifiable for model in found.values())

    assert list(found) == identifiers
    assert list(found.values()) == models


def test_an_identifier_that_names_no_model_is_left_out() -> None:
    model = AIModelFactory.create()

    assert queries.find_models([model.api_model_id, "nobody.knows", str(UUID(int=999))]) == {
        model.api_model_id: model
    }


def test_inactive_and_foreign_models_are_found_too() -> None:
    inactive = AIModelFactory.create(is_active=False)
    foreign = AIModelFactory.create(provider=ProviderFactory.create(id="groq"))

    found = queries.find_models([inactive.api_model_id, str(foreign.id)])

    assert list(found.values()) == [inactive, foreign]


def test_an_api_model_id_of_two_providers_names_the_one_of_bedrock() -> None:
    AIModelFactory.create(provider=ProviderFactory.create(id="acme"), api_model_id="llama-3")
    bedrock = AIModelFactory.create(api_model_id="llama-3")

    assert queries.find_models(["llama-3"]) == {"llama-3": bedrock}


def test_offers_come_by_model_and_region_in_one_query(
    django_assert_num_queries: AssertNumQueries,
) -> None:
    virginia, paris = RegionFactory.create(id="us-east-1"), RegionFactory.create(id="eu-west-3")
    nova, claude = AIModelFactory.create(), AIModelFactory.create()
    ModelOfferFactory.create(model=nova, region=virginia, inference_types=["ON_DEMAND", "US"])
    ModelOfferFactory.create(model=claude, region=paris, inference_types=["EU"])
    ModelOfferFactory.create(model=claude)

    with django_assert_num_queries(1):
        by_object = queries.offers([nova, claude], [virginia, paris])

    assert by_object == {
        (nova.id, "us-east-1"): ["ON_DEMAND", "US"],
        (claude.id, "eu-west-3"): ["EU"],
    }
    assert queries.offers([nova.id, claude.id], ["us-east-1", "eu-west-3"]) == by_object


def test_a_pair_past_its_end_of_life_is_not_offered() -> None:
    paris, lima = RegionFactory.create(id="eu-west-3"), RegionFactory.create(id="sa-east-1")
    past, future = timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1)
    ended = AIModelFactory.create(end_of_life_at=past)
    ending = AIModelFactory.create(end_of_life_at=future)
    mixed = AIModelFactory.create()
    for model in (ended, ending):
        ModelOfferFactory.create(model=model, region=paris)
    ModelOfferFactory.create(model=ended, region=lima, end_of_life_at=future)
    ModelOfferFactory.create(model=mixed, region=paris, end_of_life_at=past)
    ModelOfferFactory.create(model=mixed, region=lima)

    offered = set(queries.offers([ended, ending, mixed], [paris, lima]))

    assert offered == {(ended.id, lima.id), (ending.id, paris.id), (mixed.id, lima.id)}


def test_the_date_of_a_single_region_does_not_count_where_aws_was_read() -> None:
    read = RegionFactory.create(synced_at=timezone.now())
    past = timezone.now() - timedelta(days=1)
    alive = ModelOfferFactory.create(region=read, end_of_life_at=past).model
    ended = ModelOfferFactory.create(
        region=read, model=AIModelFactory.create(end_of_life_at=past)
    ).model

    assert set(queries.offers([alive, ended], [read])) == {(alive.id, read.id)}


def test_active_regions_leave_out_what_staff_switched_off() -> None:
    RegionFactory.create(id="us-east-1")
    RegionFactory.create(id="eu-west-3")
    RegionFactory.create(id="sa-east-1", is_active=False)

    assert [region.id for region in queries.active_regions()] == ["eu-west-3", "us-east-1"]


def test_a_region_is_named_in_the_language_of_the_reader() -> None:
    region = RegionFactory.create(name="US East (Ohio)", name_pt="Leste dos EUA (Ohio)")

    with translation.override("pt-br"):
        assert region.display_name == "Leste dos EUA (Ohio)"
    with translation.override("en"):
        assert region.display_name == "US East (Ohio)"


def test_the_database_refuses_the_same_model_twice_at_one_provider() -> None:
    model = AIModelFactory.create()

    with pytest.raises(IntegrityError), transaction.atomic():
        AIModelFactory.create(api_model_id=model.api_model_id)
    assert AIModel.objects.count() == 1


def test_the_database_refuses_a_second_offer_of_a_model_in_a_region() -> None:
    offer = ModelOfferFactory.create()

    with pytest.raises(IntegrityError), transaction.atomic():
        ModelOfferFactory.create(model=offer.model, region=offer.region)
    assert ModelOffer.objects.count() == 1


@pytest.mark.parametrize(
    "fact", [{"kind": "SONG"}, {"lifecycle": "GONE"}, {"input_price": -1}], ids=str
)
def test_the_database_refuses_a_model_with_an_impossible_fact(fact: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AIModelFactory.create(**fact)
