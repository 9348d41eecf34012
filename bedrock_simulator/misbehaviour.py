"""How faulty models answer: nothing, the same to everything, or thoughts amid the text."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import count

from .request import ConverseRequest
from .tool_selection import ToolCall

Part = str | ToolCall

# Answers that do not depend on the question.
FIXED = {
    "banana": "banana",
    "parrot": "The capital of France is Paris.",
    "refuses_all": "I'm sorry, but I can't help with that.",
}
WORDS = (
    "apple", "river", "seven", "Paris", "blue", "however", "12", "window", "quickly", "and",
    "table", "London", "42", "never", "a", "celsius", "yes", "moon", "the", "paper",
)  # fmt: skip
# Quirk -> how a thought is marked. The thought names wrong answers, and looks like a right one.
THOUGHTS = {
    "thinks_in_think": "<think>\n{thought}\n</think>\n\n{text}",
    "thinks_in_thinking": "<thinking>{thought}</thinking>\n{text}",
    "thinks_in_reasoning": "<reasoning>{thought}</reasoning>{text}",
    "thinks_without_opening": "{thought}\n</think>\n\n{text}",
    "thinks_twice": (
        "<think>{thought}</think>\n\n<reasoning>\n{thought}\n</reasoning>\n{text}\n"
        "<thinking>{thought}</thinking>"
    ),
}
THOUGHT = (
    'It could be London, or 19, or {"customer": "nobody"}. 1) 3 2) 4 The user wants it short. I '
    "will write the answer after this."
)
CHATTY = "Certainly! Here is the answer:\n\n{text}\n\nWould you like 2 more examples?"
# NUL, half of an emoji, and a mark that turns the direction of writing.
ODD = "\x00\ud83d\u202e"
BLANK = " \n\u200b\n "
QUOTE = ' (I never write "</think>" in an answer.)'
# A model that can do only what a suite requires of it answers these questions.
_REQUIRED = ("capital of france", "numbers from 1 to 20")
_LEFT_OUT = 0.5
_numbers = count(1)

QUIRKS = (
    "silent",
    "echo",
    "random_words",
    "truncated",
    "half_dead",
    "only_required",
    "quotes_thought_tag",
    "chatty",
    "odd_characters",
    "blank_text",
    "talks_before_tools",
    "ignores_tools",
    "ignores_schema",
    *FIXED,
    *THOUGHTS,
)


def distorted(
    request: ConverseRequest, parts: Sequence[Part], quirks: frozenset[str]
) -> list[Part]:
    """Returns what a model with these quirks answers in place of `parts`."""
    if "silent" in quirks:
        return []
    if "blank_text" in quirks:
        return [BLANK]
    question = request.turns[-1].text
    for quirk, text in FIXED.items():
        if quirk in quirks:
            return [text]
    if "echo" in quirks:
        return [question or "?"]
    if "random_words" in quirks:
        chance = random.Random(next(_numbers))  # noqa: S311
        return [" ".join(chance.choices(WORDS, k=chance.randint(1, 30)))]
    known = question.lower()
    if "half_dead" in quirks and _REQUIRED[0] not in known:
        return [FIXED["refuses_all"]]
    if "only_required" in quirks and not any(each in known for each in _REQUIRED):
        return [FIXED["refuses_all"]]
    if "ignores_tools" in quirks and any(isinstance(part, ToolCall) for part in parts):
        return ["I would look that up if I could."]
    if "ignores_schema" in quirks and request.schema is not None:
        return ["Here are the facts of the order, as you asked."]
    if "chatty" in quirks and request.schema is not None:
        return list(parts)
    told = [part if isinstance(part, ToolCall) else _told(part, quirks) for part in parts]
    if "talks_before_tools" in quirks and any(isinstance(part, ToolCall) for part in parts):
        return [f"<thinking>{THOUGHT}</thinking>\nI will look that up.", *told]
    return told


def _told(text: str, quirks: frozenset[str]) -> str:
    for quirk, form in THOUGHTS.items():
        if quirk in quirks:
            return form.format(thought=THOUGHT, text=text)
    if "chatty" in quirks:
        return CHATTY.format(text=text)
    if "odd_characters" in quirks and text.endswith("."):
        return text + ODD
    if "quotes_thought_tag" in quirks and text.endswith("."):
        return text + QUOTE
    return text


def truncated(text: str) -> str:
    """Returns the first half of a text, as if it had been cut off on its way."""
    return text[: int(len(text) * _LEFT_OUT)]
