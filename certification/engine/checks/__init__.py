"""The checks, one file each: `run` calls and grades the model, CHECK holds conditions and weight.

To add a check, add a file and one line here. Checks run in this order.
"""

from __future__ import annotations

from typing import Final

from ..check import Check
from . import (
    answers,
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
    reasoning,
    rerank,
    rerank_order,
    stop_sequence,
    streaming,
    structured_output,
    system_prompt,
    tool_call,
    tool_streaming,
    two_tools,
    unicode_pt,
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
        tool_call,
        two_tools,
        tool_streaming,
        image_read,
        document_read,
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
