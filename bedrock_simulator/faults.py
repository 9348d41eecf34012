"""Faults that can be set while the simulator runs: which requests they affect, and how often."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

from .wire import BedrockError

FAULTS = (
    "throttle",
    "deny",
    "error",
    "not_ready",
    "slow",
    "hang",
    "garbage",
    "wrong_content_type",
    "cut_stream",
    "close",
    "credentials",
)
ERRORS = {
    "throttle": ("ThrottlingException", "Too many requests, please wait before trying again."),
    "deny": (
        "AccessDeniedException",
        "You don't have access to the model with the specified model ID.",
    ),
    "error": (
        "InternalServerException",
        "The system encountered an unexpected error during processing. Try your request again.",
    ),
    "not_ready": (
        "ModelNotReadyException",
        "The model is not ready for inference. Wait and try your request again.",
    ),
    "credentials": (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ),
}
SLOW_MS = 2000.0


class BadRule(Exception):
    """A rule is invalid. The message names the rule and the reason."""


@dataclass(slots=True)
class Rule:
    """One fault, and the requests that it affects: those that match all three globs.

    rate:       the share of them, 0 to 1, spread evenly by counting, so that runs are repeatable
    count:      the number of hits after which the rule ends; None for no limit
    latency_ms: the delay before the fault
    """

    fault: str
    model: str = "*"
    region: str = "*"
    operation: str = "*"
    rate: float = 1.0
    count: int | None = None
    latency_ms: float = 0.0
    seen: int = 0
    hits: int = 0

    def applies_to(self, model: str, region: str, operation: str) -> bool:
        if not (
            fnmatchcase(model, self.model)
            and fnmatchcase(region, self.region)
            and fnmatchcase(operation, self.operation)
        ):
            return False
        if self.count is not None and self.hits >= self.count:
            return False
        self.seen += 1
        hit = math.floor(self.seen * self.rate) > math.floor((self.seen - 1) * self.rate)
        self.hits += hit
        return hit

    def as_json(self) -> dict[str, Any]:
        values = asdict(self)
        match = {key: values.pop(key) for key in ("model", "region", "operation")}
        return {"match": match, **values}


def read_rules(payload: Any) -> list[Rule]:
    """Parses the rules of a PUT body. Raises BadRule; no rule is applied then."""
    if not isinstance(payload, list):
        raise BadRule("the body must be a JSON list of rules")
    return [_rule(number, entry) for number, entry in enumerate(payload, start=1)]


def _rule(number: int, entry: Any) -> Rule:
    def wrong(what: str) -> BadRule:
        return BadRule(f"rule {number}: {what}")

    if not isinstance(entry, dict):
        raise wrong("must be an object")
    known = {"match", "fault", "rate", "count", "latency_ms"}
    if unknown := sorted(set(entry) - known):
        raise wrong(f"unknown key {unknown[0]!r}; known: {', '.join(sorted(known))}")
    match = entry.get("match", {})
    if not isinstance(match, dict) or not all(isinstance(glob, str) for glob in match.values()):
        raise wrong("'match' must be an object of globs")
    if unknown := sorted(set(match) - {"model", "region", "operation"}):
        raise wrong(f"unknown key {unknown[0]!r} in 'match'; known: model, operation, region")
    if entry.get("fault") not in FAULTS:
        raise wrong(f"'fault' must be one of {', '.join(FAULTS)}")
    rate, count, latency = entry.get("rate", 1.0), entry.get("count"), entry.get("latency_ms", 0)
    if not _number(rate) or not 0 <= rate <= 1:
        raise wrong("'rate' must be a number from 0 to 1")
    if count is not None and (not _number(count) or isinstance(count, float) or count < 0):
        raise wrong("'count' must be a whole number or null")
    if not _number(latency) or not 0 <= latency <= 3_600_000:
        raise wrong("'latency_ms' must be a number from 0 to 3600000")
    return Rule(
        fault=entry["fault"],
        rate=float(rate),
        count=count,
        latency_ms=float(latency or (SLOW_MS if entry["fault"] == "slow" else 0)),
        **match,
    )


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def first_applicable(rules: Sequence[Rule], model: str, region: str, operation: str) -> Rule | None:
    """Returns the first rule that hits this request; later rules do not count the request."""
    return next((rule for rule in rules if rule.applies_to(model, region, operation)), None)


def error_of(rule: Rule) -> BedrockError | None:
    """Returns the error that a rule answers with, or None if its fault is not an AWS error."""
    found = ERRORS.get(rule.fault)
    return BedrockError(*found) if found else None
