"""The control plane: lists by region, pages, availability."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from bedrock_simulator.catalogue import load

from .requests import NOVA


def test_models_are_listed_for_the_region_of_the_signature(client: Any) -> None:
    for region in ("us-east-1", "sa-east-1"):
        listed = client(region, "bedrock").list_foundation_models()["modelSummaries"]
        offered = {model.id for model in load().values() if region in model.regions}
        assert {one["modelId"] for one in listed} == offered
    found = client(service="bedrock").list_foundation_models(byOutputModality="EMBEDDING")
    assert all(one["outputModalities"] == ["EMBEDDING"] for one in found["modelSummaries"])
    assert found["modelSummaries"]


def test_one_model_is_described_with_its_lifecycle(client: Any) -> None:
    control = client(service="bedrock")
    details = control.get_foundation_model(modelIdentifier=NOVA)["modelDetails"]
    assert details["modelId"] == NOVA
    assert details["modelLifecycle"]["status"] == "ACTIVE"
    with pytest.raises(control.exceptions.ResourceNotFoundException):
        control.get_foundation_model(modelIdentifier="no.such-model")


def test_profiles_come_in_pages_without_a_gap(client: Any) -> None:
    control = client(service="bedrock")
    pages = list(
        control.get_paginator("list_inference_profiles").paginate(PaginationConfig={"PageSize": 7})
    )
    found = [
        one["inferenceProfileId"] for page in pages for one in page["inferenceProfileSummaries"]
    ]
    expected = [
        f"{tag.lower()}.{model.id}"
        for model in load().values()
        for tag in model.regions.get("us-east-1", ())
        if tag not in ("ON_DEMAND", "PROVISIONED")
    ]
    assert len(pages) > 2
    assert found == expected
    application = control.list_inference_profiles(typeEquals="APPLICATION")
    assert application["inferenceProfileSummaries"] == []
    with pytest.raises(ClientError, match="nextToken"):
        control.list_inference_profiles(nextToken="bm90LWEtbnVtYmVy")


def test_availability_tells_a_missing_agreement_from_a_policy_and_a_region(client: Any) -> None:
    def availability(region: str, model: str) -> dict[str, Any]:
        found = client(region, "bedrock").get_foundation_model_availability(modelId=model)
        return dict(found)

    assert availability("us-east-1", NOVA)["entitlementAvailability"] == "AVAILABLE"
    opus = availability("us-west-2", "anthropic.claude-opus-4-1-20250805-v1:0")
    assert opus["agreementAvailability"]["status"] == "NOT_AVAILABLE"
    denied = availability("eu-west-1", "amazon.nova-pro-v1:0")
    assert denied["authorizationStatus"] == "NOT_AUTHORIZED"
    assert availability("sa-east-1", "deepseek.r1-v1:0")["regionAvailability"] == "NOT_AVAILABLE"
