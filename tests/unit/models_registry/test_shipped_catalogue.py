"""What the catalogue that ships says of the real Bedrock."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import pytest

from models_registry.parse import CatalogueModel, read_catalogue

BEDROCK = {m.api_model_id: m for m in read_catalogue().models if m.provider == "bedrock"}


def regions_with(model: CatalogueModel, route: str) -> set[str]:
    return {region for region, routes in model.regions.items() if route in routes}


def test_every_line_that_ships_names_its_sources_and_when_it_was_checked() -> None:
    for model in read_catalogue().models:
        assert model.source, model.api_model_id
        assert model.checked_on is not None
        assert date(2026, 8, 1) < model.checked_on <= datetime.now(UTC).date(), model.api_model_id


def test_the_catalogue_that_ships_holds_at_least_74_bedrock_models_and_exactly_six_others() -> None:
    catalogue = read_catalogue()

    counts = Counter(model.provider for model in catalogue.models)
    assert counts.pop("bedrock") >= 74
    assert counts == {"openai": 2, "groq": 2, "huggingface": 2}
    assert [p.id for p in catalogue.providers if p.is_certifiable] == ["bedrock"]
    assert len(catalogue.regions) == 31


def test_every_bedrock_model_that_ships_is_offered_somewhere_under_a_name_of_its_own() -> None:
    models = [model for model in read_catalogue().models if model.provider == "bedrock"]

    assert all(model.regions for model in models)
    assert len({model.name for model in models}) == len(models)
    assert all(model.embedding_dimension for model in models if model.kind == "EMBEDDING")
    assert all(model.context_window for model in models if model.kind == "TEXT")


@pytest.mark.parametrize(
    "api_model_id",
    [
        "anthropic.claude-fable-5",
        "anthropic.claude-opus-4-7",
        "anthropic.claude-opus-4-8",
        "anthropic.claude-opus-5",
        "anthropic.claude-sonnet-5",
        "openai.gpt-5.6-luna",
        "openai.gpt-5.6-sol",
        "openai.gpt-5.6-terra",
        "xai.grok-4.6",
    ],
)
def test_what_bedrock_runtime_answers_through_profiles_only_is_not_in_region(
    api_model_id: str,
) -> None:
    model = BEDROCK[api_model_id]

    assert regions_with(model, "ON_DEMAND") == set()
    assert regions_with(model, "GLOBAL")


def test_regions_in_which_only_bedrock_mantle_answers_are_no_offers() -> None:
    in_region = {
        region: {m for m in BEDROCK if "ON_DEMAND" in BEDROCK[m].regions.get(region, ())}
        for region in ("ap-southeast-1", "ap-southeast-4")
    }

    vendors = {m.partition(".")[0] for models in in_region.values() for m in models}
    assert vendors <= {"amazon", "anthropic", "cohere"}
    assert regions_with(BEDROCK["qwen.qwen3-coder-next"], "ON_DEMAND") == {
        "ap-southeast-2",
        "eu-west-2",
        "us-east-1",
    }
