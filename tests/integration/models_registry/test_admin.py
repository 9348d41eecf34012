from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from models_registry.models import AIModel, Region
from tests.factories.registry import AIModelFactory, ModelOfferFactory, RegionFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", ["provider", "region", "aimodel", "modeloffer"])
def test_each_list_can_be_searched(admin_client: Client, model: str) -> None:
    ModelOfferFactory.create()

    response = admin_client.get(reverse(f"admin:models_registry_{model}_changelist"), {"q": "e"})

    assert response.status_code == 200
    assert response.context["cl"].result_count == 1


def test_a_model_shows_how_it_is_called_in_each_region(admin_client: Client) -> None:
    model = AIModelFactory.create(api_model_id="amazon.nova-lite-v1:0")
    ModelOfferFactory.create(
        model=model, region=RegionFactory.create(id="eu-west-3"), inference_types=["EU", "GLOBAL"]
    )

    page = admin_client.get(reverse("admin:models_registry_aimodel_change", args=[model.id]))

    assert "eu.amazon.nova-lite-v1:0" in page.content.decode()


def test_a_model_shows_its_sources_prices_and_ends(admin_client: Client) -> None:
    model = AIModelFactory.create(
        source="a listing of AWS\na price list",
        checked_on=date(2026, 11, 28),
        geo_price_factor=Decimal("1.1"),
        cache_read_price=Decimal("0.075"),
    )
    ModelOfferFactory.create(model=model, end_of_life_at=datetime(2027, 3, 22, tzinfo=UTC))

    page = admin_client.get(reverse("admin:models_registry_aimodel_change", args=[model.id]))

    told = page.content.decode()
    for fact in ("a listing of AWS", "a price list", "28", "1.1", "0.075", "March 22, 2027"):
        assert fact in told


def test_the_facts_of_a_model_cannot_be_edited_but_it_can_be_switched_off(
    admin_client: Client,
) -> None:
    model = AIModelFactory.create(name="Nova")
    # An unchecked box is not sent, so is_active becomes false.
    form = {"name": "Forged"}

    admin_client.post(reverse("admin:models_registry_aimodel_change", args=[model.id]), form)

    model.refresh_from_db()
    assert (model.name, model.is_active) == ("Nova", False)


@pytest.mark.parametrize("model", ["provider", "region", "aimodel", "modeloffer"])
def test_nothing_can_be_added_by_hand(admin_client: Client, model: str) -> None:
    assert admin_client.get(reverse(f"admin:models_registry_{model}_add")).status_code == 403


def test_nothing_can_be_deleted_by_hand(admin_client: Client) -> None:
    offer = ModelOfferFactory.create()

    for name, pk in (("aimodel", offer.model_id), ("region", offer.region_id)):
        url = reverse(f"admin:models_registry_{name}_delete", args=[pk])
        assert admin_client.post(url, {"post": "yes"}).status_code == 403
    assert (AIModel.objects.count(), Region.objects.count()) == (1, 1)


def test_the_list_of_models_takes_as_many_queries_for_many_as_for_one(
    admin_client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _ in range(20):
        ModelOfferFactory.create()

    # Session; user; two counts; the models; the choices of the provider and vendor filters.
    with django_assert_max_num_queries(8):
        admin_client.get(reverse("admin:models_registry_aimodel_changelist"))
