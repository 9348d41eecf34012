"""What is wrong with the events of a stream, whatever it says."""

from __future__ import annotations

from ..conversation import StreamedAnswer
from ..wording import Message, message
from ..wording import gettext_noop as _


def grammar_fault_of(answer: StreamedAnswer) -> Message | None:
    """Returns how the stream broke the order of its events, or None."""
    if not answer.problems:
        return None
    return message(
        _("the stream broke its own grammar: %(problems)s"),
        problems="; ".join(map(str, answer.problems)),
    )
