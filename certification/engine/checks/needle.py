"""Finds a fact in the middle of a text almost as long as the context window. Costly: on demand."""

from __future__ import annotations

from ..check import PASSED, Check, Outcome, failed
from ..model import ModelSpec
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message
from .spelling import tells_code

QUESTION = "What is the secret word of the vault? Answer with the word only."
FILLER = "The afternoon was quiet, the sea was calm, and the ferry crossed the bay on time. "
# Upper bound of the tokens of FILLER in all families' tokenizers, so that the text fits the window.
FILLER_TOKENS = 22
SHARE_OF_WINDOW = 0.8
DEFAULT_WINDOW = 8_000
# Tokens. A longer text would exceed Bedrock's limit of 25 MB for a request body.
LARGEST_WINDOW = 1_000_000


def text_tokens(model: ModelSpec) -> int:
    """The length of the text, in tokens."""
    window = min(model.context_window or DEFAULT_WINDOW, LARGEST_WINDOW)
    return int(window * SHARE_OF_WINDOW)


def run(subject: Subject) -> Outcome:
    repeats = max(2, text_tokens(subject.model) // FILLER_TOKENS)
    word = f"jabuticaba-{subject.number(1000, 9999, 'needle')}"
    before = repeats * subject.number(30, 70, "depth") // 100
    text = "".join(
        (
            FILLER * before,
            f"The secret word of the vault is {word}. ",
            FILLER * (repeats - before),
            "\n\n",
            QUESTION,
        )
    )
    # A second call would cost as much again.
    if tells_code(subject.stream(text, room=64, once=True).text, word):
        return PASSED
    return failed(
        message(
            _("did not find the word, %(share)s%% into the text"), share=before * 100 // repeats
        )
    )


CHECK = Check(
    id="needle",
    title=_("Finds a needle in a long text"),
    run=run,
    depends_on=("answers",),
    weight=2,
    proves="long_context",
    on_demand=True,
    form_label=_("Look for a needle in a text as long as the model's window (costs real money)"),
    extra_tokens=text_tokens,
)
