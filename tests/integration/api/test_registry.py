from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories.registry import AIModelFactory, ProviderFactory, RegionFactory

pytestmark = pytest.mark.django_db

QUEUE = "/api/certification-queue"


def test_regions_are_a_list_of_ids_and_names(bruno: APIClient) -> None:
    RegionFactory.create(id="us-east-1", name="US East", name_pt="Leste dos EUA")
    RegionFactory.create(is_active=False)

    english = bruno.get(f"{QUEUE}/regions", headers={"accept-language": "en"}).json()["data"]
    portuguese = bruno.get(f"{QUEUE}/regions", headers={"accept-language": "pt-br"}).json()["data"]

    assert [(item["id"], item["name"]) for item in english] == [("us-east-1", "US East")]
    assert portuguese[0]["name"] == "Leste dos EUA"


def test_certifiable_models_are_those_of_bedrock(bruno: APIClient) -> None:
    model = AIModelFactory.create(name="Nova Lite", vendor="Amazon")
    AIModelFactory.create(provider=ProviderFactory.create(id="openai"))

    (item,) = bruno.get(f"{QUEUE}/certifiable-models").json()["data"]

    assert (item["id"], item["apiModelId"]) == (str(model.pk), model.api_model_id)
    assert (item["name"], item["vendor"], item["provider"]) == ("Nova Lite", "Amazon", "bedrock")
    assert item["inputPrice"] == 0.5


def test_both_lists_take_the_same_queries_whatever_their_length(
    bruno: APIClient, django_assert_num_queries: Callable[..., Any]
) -> None:
    for _ in range(20):
        AIModelFactory.create()
        RegionFactory.create()

    for path in ("regions", "certifiable-models"):
        # 1 token, 1 its user, 2 its rights, 1 the list.
        with django_assert_num_queries(5):
            bruno.get(f"{QUEUE}/{path}")


def test_whether_the_process_lives_is_told_without_a_token_or_a_database(
    stranger: APIClient, django_assert_num_queries: Callable[..., Any]
) -> None:
    with django_assert_num_queries(0):
        assert stranger.get("/health/live").status_code == 200
