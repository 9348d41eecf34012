"""The error of a failed call, and what is known of errors: their categories and policies."""

from __future__ import annotations

from .classification import CODES, categorise
from .masking import masked
from .policies import POLICIES, UNLIMITED, Category, Policy, Scope
from .wording import MAX_CHARACTERS, shortened

__all__ = [
    "CODES",
    "POLICIES",
    "UNLIMITED",
    "CallError",
    "Category",
    "Policy",
    "Scope",
    "categorise",
]


class CallError(Exception):
    """A call failed. `code` and `text` are the service's own, without the credentials that services
    and proxies repeat: every error that is recorded or logged is one of these."""

    def __init__(
        self,
        category: Category,
        text: str,
        *,
        code: str = "",
        retry_after: float | None = None,
        simulated: bool = False,
        trace: str = "",
    ) -> None:
        self.category = category
        self.text = _kept(text)
        self.code = _kept(code)
        # The Retry-After that the service sent, in seconds.
        self.retry_after = retry_after
        self.simulated = simulated
        # The traceback, if the error is a bug of the engine.
        self.trace = _kept(trace)
        super().__init__(self.text)

    @property
    def policy(self) -> Policy:
        return POLICIES[self.category]


def _kept(text: str) -> str:
    # Twice what is kept, so that a credential is seen that the cut would go through.
    return shortened(masked(text[: 2 * MAX_CHARACTERS]), len(text))
