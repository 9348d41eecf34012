"""Reads a long beginning of the prompt from its cache when it comes again.

A prefix below the minimum is not cached, or refused. Minimum of tokens before a cache point:

* Claude Opus 4.5, Opus 4.6, Haiku 4.5: 4,096; Opus 4.7, Sonnet 4.6: 2,048 (observed on Bedrock,
  litellm-docs#49); other Claude: at most 1,024 (AWS's user guide on prompt caching; Anthropic's
  names 512 for Opus 5 and Fable 5), read 2026-11-28
* Amazon Nova: 1,000 (AWS's user guide)
* others: not documented; asked with 2,048

Every route may be served by several regions, each with a cache of its own, so the second call may
miss: it is made up to three times.
"""

from __future__ import annotations

from math import ceil
from typing import Final

from ..check import PASSED, Check, Outcome, failed
from ..subject import Subject
from ..wording import gettext_noop as _
from ..wording import message

QUESTION = "Answer with the one word READY."
RULE = "Rule {n}: in the harbour office every parcel is weighed, stamped and shelved by hand. "
# The least tokens of RULE in all families' tokenizers: its words and its punctuation.
RULE_TOKENS: Final = 18
# How much longer than the minimum the text is.
MARGIN: Final = 1.05
# The first part of an id that fits.
MINIMUM: Final = (
    ("anthropic.claude-opus-4-5", 4_096),
    ("anthropic.claude-opus-4-6", 4_096),
    ("anthropic.claude-haiku-4-5", 4_096),
    ("anthropic.claude-opus-4-7", 2_048),
    ("anthropic.claude-sonnet-4-6", 2_048),
    ("anthropic.", 1_024),
    ("amazon.nova", 1_024),
    ("", 2_048),
)
CALLS: Final = 3


def minimum(model_id: str) -> int:
    return next(tokens for start, tokens in MINIMUM if model_id.startswith(start))


def run(subject: Subject) -> Outcome:
    rules = ceil(minimum(subject.model.api_model_id) * MARGIN / RULE_TOKENS)
    # Its own text for each model and region, which no other pair has written to the cache.
    first = subject.number(100, 900, "rules")
    text = "".join(RULE.format(n=first + n) for n in range(rules))
    content = [{"text": text}, {"cachePoint": {"type": "default"}}, {"text": QUESTION}]
    written = False
    for _call in range(CALLS):
        answer = subject.converse([{"role": "user", "content": content}], room=32)
        if answer.cache_read_tokens:
            return PASSED
        written |= bool(answer.cache_write_tokens)
        if _call and not written:
            break
    if written:
        note = _("the prompt was written to the cache, and never read from it")
        return failed(message(note), points=0.5)
    return failed(message(_("the prompt was not cached")))


CHECK = Check(
    id="prompt_caching",
    title=_("Reads its prompt from the cache"),
    run=run,
    needs=("prompt_caching",),
    declared=True,
    depends_on=("answers",),
    proves="prompt_caching",
)
