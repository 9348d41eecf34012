"""Nothing is declared without a check that proves it."""

from __future__ import annotations

import pytest

from certification.engine import Kind, ModelSpec, suite_for
from certification.engine.check import Check
from certification.engine.checks import CHECKS
from models_registry.parse import CAPABILITIES

from .scripted import text_model

# What a check of another kind than text, or a costly one, proves beyond the catalogue.
BEYOND = {"embeddings", "image_output", "rerank", "parallel_tools", "long_context"}


def test_each_ability_of_the_catalogue_is_proved_by_a_check() -> None:
    proved = {check.proves for check in CHECKS if check.proves}
    assert proved == {*CAPABILITIES, *BEYOND}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_check_needs_what_the_catalogue_can_declare(check: Check) -> None:
    assert set(check.needs) <= set(CAPABILITIES)
    if check.proves in CAPABILITIES:
        assert check.proves in check.needs


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_check_comes_after_those_that_it_depends_on(check: Check) -> None:
    before = [other.id for other in CHECKS[: CHECKS.index(check)]]
    assert set(check.depends_on) <= set(before)


def test_a_model_that_declares_an_ability_missing_gets_none_of_its_checks() -> None:
    for ability in CAPABILITIES:
        suite = suite_for(text_model(**{ability: False}), ["needle"])
        assert not [check.id for check in suite if ability in check.needs]


def test_what_costs_money_is_asked_only_of_models_that_declare_it() -> None:
    """A plain model that declares nothing is asked for what a refusal would show."""
    plain = {check.id for check in suite_for(ModelSpec("vendor.plain-v1"))}
    asked = {check.id for check in CHECKS if Kind.TEXT in check.kinds and not check.on_demand}
    assert asked - plain == {
        "audio_heard",
        "prompt_caching",
        "shows_reasoning",
        "strict_tools",
        "thinking_replay",
        "tool_choice",
        "video_read",
    }


def test_tools_while_streaming_declared_missing_cost_nothing() -> None:
    """earendil-works/pi#3739"""
    suite = {check.id for check in suite_for(text_model(tools_streaming=False))}
    assert {"tool_call", "streaming"} <= suite
    assert not {"tool_streaming", "tool_result_streaming"} & suite
