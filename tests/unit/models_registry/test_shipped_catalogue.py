"""What the catalogue that ships says of the real Bedrock."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

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


def test_every_model_but_those_of_bedrock_mantle_is_offered_somewhere() -> None:
    models = BEDROCK.values()

    assert {m.api_model_id for m in models if not m.regions} == {
        m.api_model_id for m in models if m.kind == "MANTLE"
    }
    assert len({m.name for m in models}) == len(models)
    assert all(m.embedding_dimension for m in models if m.kind == "EMBEDDING")
    assert all(m.context_window for m in models if m.kind == "TEXT")


@pytest.mark.parametrize(
    ("api_model_id", "kind"),
    [
        ("amazon.nova-2-sonic-v1:0", "SPEECH"),
        ("amazon.nova-reel-v1:1", "VIDEO"),
        ("amazon.nova-sonic-v1:0", "SPEECH"),
        ("luma.ray-v2:0", "VIDEO"),
        ("openai.gpt-5.4", "MANTLE"),
        ("openai.gpt-6-sol", "TEXT"),
        ("twelvelabs.pegasus-1-2-v1:0", "VIDEO"),
        ("xai.grok-4.3", "MANTLE"),
        ("xai.grok-4.7", "TEXT"),
        ("zai.glm-5.3", "TEXT"),
    ],
)
def test_models_have_the_kind_of_the_interface_that_answers_them(
    api_model_id: str, kind: str
) -> None:
    assert BEDROCK[api_model_id].kind == kind
    assert (kind == "MANTLE") == (not BEDROCK[api_model_id].regions)


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


@pytest.mark.parametrize(
    ("api_model_id", "declared"),
    [
        ("anthropic.claude-haiku-4-5-20251001-v1:0", True),
        ("anthropic.claude-opus-4-5-20251101-v1:0", True),
        ("anthropic.claude-opus-4-6-v1", True),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", True),
        ("anthropic.claude-opus-4-8", False),
        ("anthropic.claude-sonnet-5", False),
        ("amazon.nova-pro-v1:0", False),
        ("anthropic.claude-fable-5", None),
        ("minimax.minimax-m2", None),
    ],
)
def test_a_json_schema_is_declared_only_where_bedrock_documents_it(
    api_model_id: str, declared: bool | None
) -> None:
    assert BEDROCK[api_model_id].capabilities.get("json_schema") is declared


def test_models_that_take_no_tools_while_streaming_say_so() -> None:
    assert {m for m in BEDROCK if BEDROCK[m].capabilities.get("tools_streaming") is False} == {
        "meta.llama3-1-70b-instruct-v1:0",
        "meta.llama3-1-8b-instruct-v1:0",
        "meta.llama4-maverick-17b-instruct-v1:0",
        "meta.llama4-scout-17b-instruct-v1:0",
        "writer.palmyra-x4-v1:0",
        "writer.palmyra-x5-v1:0",
    }


@pytest.mark.parametrize(
    ("api_model_id", "tokens"),
    [("minimax.minimax-m2", 204_608), ("writer.palmyra-x5-v1:0", 1_040_000)],
)
def test_windows_are_those_that_bedrock_serves(api_model_id: str, tokens: int) -> None:
    assert BEDROCK[api_model_id].context_window == tokens


def test_prices_are_those_of_the_cheapest_route_with_the_factor_of_the_others() -> None:
    for api_model_id, model in BEDROCK.items():
        routes = {route for routes in model.regions.values() for route in routes}
        if model.geo_price_factor is not None:
            assert routes & {"GLOBAL"}, api_model_id
            assert model.geo_price_factor == Decimal("1.1"), api_model_id
        if api_model_id.startswith("anthropic.") and "GLOBAL" in routes and model.input_price:
            assert model.cache_read_price, api_model_id
            assert model.cache_write_price, api_model_id
        if model.kind == "RERANK":
            assert model.rerank_price, api_model_id


@pytest.mark.parametrize(
    ("api_model_id", "end"),
    [
        ("ai21.jamba-1-5-mini-v1:0", {"all": date(2026, 11, 26)}),
        ("amazon.nova-canvas-v1:0", {"all": date(2026, 9, 30)}),
        ("amazon.nova-premier-v1:0", {"all": date(2026, 9, 14)}),
        ("anthropic.claude-opus-4-1-20250805-v1:0", {"all": date(2027, 1, 8)}),
        ("twelvelabs.marengo-embed-3-0-v1:0", {"ap-northeast-2": date(2027, 3, 22)}),
    ],
)
def test_announced_ends_are_told(api_model_id: str, end: dict[str, date]) -> None:
    assert BEDROCK[api_model_id].end_of_life == end
    assert (BEDROCK[api_model_id].lifecycle == "LEGACY") == ("all" in end)
