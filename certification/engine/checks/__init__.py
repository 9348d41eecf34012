"""The checks, one file each: `run` calls and grades the model, CHECK holds conditions and weight.

To add a check, add a file and one line here. Checks run in this order.
"""

from __future__ import annotations

from typing import Final

from ..check import Check
from . import (
    answers,
    audio_heard,
    count_tokens,
    document_read,
    embedding_determinism,
    embedding_nearness,
    embeds,
    image_edit,
    image_generation,
    image_prompt,
    image_read,
    json_format,
    max_tokens,
    multi_turn,
    needle,
    prompt_caching,
    reasoning,
    rerank,
    rerank_order,
    shows_reasoning,
    stop_sequence,
    streaming,
    strict_tools,
    structured_output,
    system_prompt,
    thinking_replay,
    tool_call,
    tool_choice,
    tool_error,
    tool_result_streaming,
    tool_streaming,
    two_tools,
    unicode_pt,
    video_read,
)

CHECKS: Final[tuple[Check, ...]] = tuple(
    module.CHECK
    for module in (
        answers,
        streaming,
        system_prompt,
        multi_turn,
        stop_sequence,
        max_tokens,
        json_format,
        structured_output,
        reasoning,
        unicode_pt,
        count_tokens,
        tool_call,
        tool_error,
        two_tools,
        tool_choice,
        strict_tools,
        tool_streaming,
        tool_result_streaming,
        thinking_replay,
        image_read,
        document_read,
        video_read,
        audio_heard,
        prompt_caching,
        shows_reasoning,
        needle,
        embeds,
        embedding_determinism,
        embedding_nearness,
        image_generation,
        image_prompt,
        image_edit,
        rerank,
        rerank_order,
    )
)
