"""Asks AWS, free of charge, why a call was refused: by the region, or by what of the account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

from .deadline import Deadline
from .errors import CallError, Category

# Seconds for one question, and for all about the credentials.
ONE: Final = 5.0
ALL: Final = 20.0
# What a region answers that does not know the credentials; others are their own fault, as "expired"
# is. boto3#3533 (a region that is not enabled), open-science#53 (an API key of another region).
UNKNOWN: Final = frozenset(
    {"UnrecognizedClientException", "InvalidClientTokenId", "AccessDeniedException"}
)
# The fields of GetFoundationModelAvailability, and the category of the first that is not well.
# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetFoundationModelAvailability.html
FIELDS: Final = (
    ("region", "regionAvailability", Category.NOT_AVAILABLE),
    ("agreement", "agreementAvailability", Category.ACCESS),
    ("authorization", "authorizationStatus", Category.POLICY),
    ("entitlement", "entitlementAvailability", Category.ACCOUNT),
)
GOOD: Final = frozenset({"AVAILABLE", "AUTHORIZED"})
BAD: Final = frozenset({"NOT_AVAILABLE", "NOT_AUTHORIZED", "PENDING", "ERROR"})
ABOUT_ACCOUNT: Final = frozenset({Category.ACCESS, Category.POLICY, Category.ACCOUNT})


@runtime_checkable
class Account(Protocol):
    """Neither method raises CallError."""

    def accepts_credentials(self, region: str, seconds: float) -> bool: ...

    def availability(self, region: str, model_id: str, seconds: float) -> dict[str, Any]: ...


@dataclass
class Refusals:
    """Explains the refusals of one pair.

    other_regions: called if credentials are refused: the regions in which to try them, in order
    """

    account: Account
    other_regions: Callable[[], Sequence[str]]
    _availability: dict[str, Any] | None = field(default=None, init=False)
    _known_in: str | None = field(default=None, init=False)

    def explained(
        self, error: CallError, model_id: str, region: str, deadline: Deadline
    ) -> CallError:
        """Returns the error with a more exact category and text, or the error itself if AWS says
        nothing more.

        Credentials that another region accepts are ACCOUNT: the region is not enabled. ACCESS is
        told apart by GetFoundationModelAvailability.
        """
        if error.category is Category.CREDENTIALS and error.code in UNKNOWN:
            known_in = self._region_that_knows(region, deadline)
            if not known_in:
                return error
            text = f"{error.text} ({known_in} accepts the same credentials: {region} is not enabled"
            return _with(error, Category.ACCOUNT, f"{text} for them.)")
        if error.category in ABOUT_ACCOUNT:
            return self._with_availability(error, model_id, region, deadline)
        return error

    def _region_that_knows(self, region: str, deadline: Deadline) -> str:
        if self._known_in is None:
            self._known_in = ""
            end = max(0.0, deadline.remaining - ALL)
            for other in self.other_regions():
                if other == region or deadline.remaining <= end:
                    continue
                if self.account.accepts_credentials(other, min(ONE, deadline.remaining)):
                    self._known_in = other
                    break
        return self._known_in

    def _with_availability(
        self, error: CallError, model_id: str, region: str, deadline: Deadline
    ) -> CallError:
        if self._availability is None:
            self._availability = self.account.availability(
                region, model_id, min(ONE, deadline.remaining)
            )
        found = [
            (name, _state(self._availability.get(key)), category)
            for name, key, category in FIELDS
            if key in self._availability
        ]
        if not found:
            return error
        category = error.category
        if category is Category.ACCESS:
            category = next((each for _, state, each in found if state in BAD), category)
        states = ", ".join(f"{name} {state}" for name, state, _ in found)
        return _with(error, category, f"{error.text} (GetFoundationModelAvailability: {states}.)")


def _state(value: object) -> str:
    """Returns a state's name; the agreement's is inside an object."""
    if isinstance(value, dict):
        value = value.get("status")
    return value if isinstance(value, str) and value in GOOD | BAD else "?"


def _with(error: CallError, category: Category, text: str) -> CallError:
    return CallError(
        category,
        text,
        code=error.code,
        retry_after=error.retry_after,
        simulated=error.simulated,
    )
