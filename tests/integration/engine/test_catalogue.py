"""Every model of the catalogue, over HTTP, gets the result that its simulated behaviour implies."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bedrock_simulator.catalogue import DEFAULT_PATH
from certification.engine import Category, Deadline, Kind, Status, Verdict, certify

pytestmark = pytest.mark.slow

PASSED, FAILED, INCONCLUSIVE = Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE
KINDS = {kind.value for kind in Kind}
# Model -> verdict, category, and the one check that did not pass.
NOT_PERFECT: dict[str, tuple[Verdict, Category | None, set[str]]] = {
    "amazon.nova-premier-v1:0": (FAILED, Category.NOT_AVAILABLE, {"answers"}),
    "cohere.rerank-v3-5:0": (FAILED, Category.CHECK_FAILED, {"rerank_order"}),
    "google.gemma-3-4b-it": (PASSED, None, {"image_read"}),
    "meta.llama3-8b-instruct-v1:0": (
        PASSED,
        None,
        {"system_prompt", "multi_turn", "json_format", "reasoning", "unicode_pt"},
    ),
    "mistral.ministral-3-3b-instruct": (PASSED, None, {"tool_call"}),
    "mistral.ministral-3-8b-instruct": (PASSED, None, {"tool_call"}),
    "mistral.mistral-7b-instruct-v0:2": (PASSED, None, {"json_format"}),
    "mistral.mixtral-8x7b-instruct-v0:1": (PASSED, None, {"json_format"}),
    "moonshot.kimi-k2-thinking": (FAILED, Category.STREAM_BROKEN, {"streaming"}),
    "qwen.qwen3-32b-v1:0": (INCONCLUSIVE, Category.THROTTLED, {"answers"}),
    "stability.stable-image-erase-object-v1:0": (FAILED, Category.CHECK_FAILED, {"image_edit"}),
    "writer.palmyra-vision-7b": (FAILED, Category.CHECK_FAILED, {"answers"}),
}


def certifiable() -> list[str]:
    entries = map(json.loads, DEFAULT_PATH.read_text(encoding="utf-8").splitlines())
    return [entry["id"] for entry in entries if entry["kind"] in KINDS and entry["regions"]]


@pytest.mark.parametrize("model_id", certifiable())
def test_a_model_gets_the_verdict_that_its_behaviour_implies(certified: Any, model_id: str) -> None:
    verdict, category, imperfect = NOT_PERFECT.get(model_id, (PASSED, None, set()))
    found = certified(model_id)
    assert found.simulated
    assert found.verdict is verdict
    assert (found.error.category if found.error else None) is category
    bad = {one.id for one in found.results if one.status in (Status.FAILED, Status.ERROR)}
    assert bad == imperfect
    if not imperfect:
        assert (found.score, found.badge) == (100.0, "GOLD")


@pytest.mark.parametrize(
    ("model_id", "region", "verdict", "category"),
    [
        ("amazon.titan-embed-text-v2:0", "eu-west-3", FAILED, Category.CHECK_FAILED),
        ("amazon.titan-embed-text-v2:0", "us-east-1", PASSED, None),
        ("anthropic.claude-opus-4-1-20250805-v1:0", "us-west-2", Verdict.BLOCKED, Category.ACCESS),
        ("amazon.nova-pro-v1:0", "eu-west-1", Verdict.BLOCKED, Category.POLICY),
        ("google.gemma-3-12b-it", "ap-south-1", FAILED, Category.SERVICE),
        ("amazon.titan-embed-g1-text-02", "sa-east-1", FAILED, Category.NOT_AVAILABLE),
    ],
)
def test_a_models_verdict_can_differ_between_regions(
    certified: Any, model_id: str, region: str, verdict: Verdict, category: Category | None
) -> None:
    found = certified(model_id, region)
    assert found.verdict is verdict
    assert (found.error.category if found.error else None) is category
    assert found.simulated


def test_the_wrong_dimension_of_an_embedding_is_reported(certified: Any) -> None:
    found = certified("amazon.titan-embed-text-v2:0", "eu-west-3")
    assert found.error.text.startswith("embeds: the vector has ")
    assert found.proved == {"embeddings": False}


def test_a_weak_model_is_reached_but_scored_below_seventy(certified: Any) -> None:
    found = certified("meta.llama3-8b-instruct-v1:0")
    assert found.verdict is PASSED
    assert found.score is not None
    assert found.score < 70
    assert found.badge is None


def test_tools_while_streaming_that_are_not_declared_are_proved_missing_and_cost_nothing(
    transport: Any, spec_of: Any, simulator_api: Any
) -> None:
    spec = spec_of("meta.llama4-scout-17b-instruct-v1:0", "us-east-1")
    declared = {key: has for key, has in spec.capabilities.items() if key != "tools_streaming"}
    found = certify(replace(spec, capabilities=declared), "us-east-1", transport, Deadline(30))
    proved = found.proved
    assert (proved["tools"], proved["tools_streaming"], proved["streaming"]) == (True, False, True)
    assert (found.score, found.badge) == (100.0, "GOLD")


@pytest.mark.parametrize(
    "model_id",
    [
        "amazon.nova-lite-v1:0",
        "anthropic.claude-opus-4-5-20251101-v1:0",
        "anthropic.claude-opus-5",
        "mistral.voxtral-mini-3b-2507",
        "openai.gpt-oss-120b-1:0",
    ],
)
def test_every_ability_that_a_healthy_model_declares_is_proved(
    certified: Any, catalogue: Any, model_id: str
) -> None:
    found = certified(model_id)
    declared = {name for name, has in catalogue[model_id]["capabilities"].items() if has}
    assert declared <= {name for name, has in found.proved.items() if has}
    assert (found.dead, found.unsteady) == ((), 0)


def test_a_model_called_without_its_profile_needs_one(
    transport: Any, spec_of: Any, simulator_api: Any
) -> None:
    spec = replace(spec_of("anthropic.claude-sonnet-4-6", "us-east-1"), routes=())
    found = certify(spec, "us-east-1", transport, Deadline(30))
    assert found.error is not None
    assert found.error.category is Category.NEEDS_PROFILE


def test_throttling_at_first_is_waited_out_by_the_transport(certified: Any) -> None:
    found = certified("minimax.minimax-m2")
    assert (found.verdict, found.score) == (PASSED, 100.0)


def test_every_call_has_its_latency_tokens_and_cost(certified: Any) -> None:
    found = certified("amazon.nova-lite-v1:0")
    assert found.cost is not None
    assert found.cost > 0
    assert found.input_tokens > 100
    assert found.tokens_per_second is None or found.tokens_per_second > 0
    assert found.ttft_ms is not None
    for one in found.results:
        assert one.calls
        assert one.latency_ms is not None
        for call in one.calls:
            if call.operation == "CountTokens":
                continue
            assert call.input_tokens > 0
            assert call.output_tokens > 0


def test_the_needle_is_found_in_a_window_of_the_catalogue(
    transport: Any, spec_of: Any, simulator_api: Any
) -> None:
    spec = spec_of("writer.palmyra-x4-v1:0", "us-east-1")
    found = certify(spec, "us-east-1", transport, Deadline(60), also=["needle"])
    [needle] = [one for one in found.results if one.id == "needle"]
    assert needle.points == 1
    assert needle.input_tokens > 50_000
    assert found.proved["long_context"] is True
