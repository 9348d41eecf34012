from __future__ import annotations

import json

import pytest

from models_registry.offers import invocation_id
from models_registry.parse import CATALOGUE


@pytest.mark.parametrize(
    ("inference_types", "expected"),
    [
        (["ON_DEMAND"], "amazon.nova-lite-v1:0"),
        (["US", "ON_DEMAND"], "amazon.nova-lite-v1:0"),
        (["US"], "us.amazon.nova-lite-v1:0"),
        (["EU"], "eu.amazon.nova-lite-v1:0"),
        (["APAC"], "apac.amazon.nova-lite-v1:0"),
        (["GLOBAL"], "global.amazon.nova-lite-v1:0"),
        (["GLOBAL", "EU"], "eu.amazon.nova-lite-v1:0"),
        (["APAC", "JP"], "jp.amazon.nova-lite-v1:0"),
        (["APAC", "AU"], "au.amazon.nova-lite-v1:0"),
        (["GLOBAL", "IN"], "in.amazon.nova-lite-v1:0"),
        (["US", "CA"], "ca.amazon.nova-lite-v1:0"),
        (["PROVISIONED"], "amazon.nova-lite-v1:0"),
        ([], "amazon.nova-lite-v1:0"),
    ],
)
def test_a_model_is_called_by_its_bare_id_on_demand_else_by_the_nearest_profile(
    inference_types: list[str], expected: str
) -> None:
    assert invocation_id("amazon.nova-lite-v1:0", inference_types) == expected


def test_every_offer_of_the_catalogue_that_is_not_on_demand_is_called_through_a_profile() -> None:
    lines = (CATALOGUE / "bedrock.jsonl").read_text(encoding="utf-8").splitlines()
    offers = [
        (model["id"], types)
        for model in map(json.loads, lines)
        for types in model["regions"].values()
        if "ON_DEMAND" not in types
    ]

    assert len(offers) > 500
    for api_model_id, types in offers:
        called = invocation_id(api_model_id, types)
        assert called.partition(".")[2] == api_model_id
        assert called.partition(".")[0].upper() in types
