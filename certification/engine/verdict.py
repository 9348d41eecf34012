"""The verdicts of a certified pair."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    PASSED = "PASSED"
    FAILED = "FAILED"
    # The account cannot use the model here, which is no fault of the model.
    BLOCKED = "BLOCKED"
    INCONCLUSIVE = "INCONCLUSIVE"
    UNSUPPORTED = "UNSUPPORTED"
