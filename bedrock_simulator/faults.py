"""Faults that can be set while the simulator runs: which requests they affect, and how often."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from . import misbehaviour
from .behaviours import Behaviour
from .catalogue import route_kind
from .gateways import GATEWAYS
from .refusals import REFUSALS, STREAM_REFUSALS, UNAVAILABLE
from .request import REFUSABLE

# What becomes of the connection, or of the bytes of an answer.
CONNECTION = (
    "slow",
    "hang",
    "garbage",
    "wrong_content_type",
    "cut_stream",
    "close",
    "drip",
    "endless_stream",
)
# How the model itself deviates: what rows of behaviours.py have too.
QUIRKS = (
    *misbehaviour.QUIRKS,
    "guardrail_intervened",
    "content_filtered",
    "malformed_tool_use",
    "malformed_model_output",
    "breaks_on_tools",
    "forgets_cache",
    "ignores_cache",
    "ignores_choice",
    "mixes_blocks",
    "breaks_stream",
    "ignores_system",
    "ignores_images",
    "ignores_documents",
    "misreads_digit",
    "fences_json",
    "poor_arithmetic",
    "drops_accents",
    "forgets",
    "wrong_tool",
    "omits_argument",
    "wrong_dimension",
    "zero_vector",
    "constant_vector",
    "random_vector",
    "ranks_badly",
    "equal_scores",
    "broken_image",
    "blank_image",
    "filters_image",
)
# Fault -> the feature of a request that is refused.
REFUSED_FEATURES = {f"refuses_{name.replace('-', '_')}": name for name in REFUSABLE}
FAULTS = (*REFUSALS, *STREAM_REFUSALS, *GATEWAYS, *CONNECTION, *QUIRKS, *REFUSED_FEATURES)
MATCHES = ("model", "region", "operation", "route", "body")
SLOW_MS = 2000.0


class BadRule(Exception):
    """A rule is invalid. The message names the rule and the reason."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What rules look at in a request. `identifier` is the id that was called, `model` the bare
    id of its model."""

    model: str
    region: str
    operation: str
    identifier: str
    body: bytes = b""


@dataclass(slots=True)
class Rule:
    """One fault, and the requests that it affects: those that match all five globs.

    model:      glob of the bare model id, whichever id was called
    route:      glob of the kind of id that was called: IN_REGION, GEO or GLOBAL
    body:       glob of the request's body, such as *"toolConfig"* for those that offer tools
    rate:       the share of the requests, 0 to 1
    seed:       the hits are drawn at random with this seed; without one they are spread evenly by
                counting, so that runs are repeatable
    after:      the number of matching requests that are left alone at first
    count:      the number of hits after which the rule ends; None for no limit
    latency_ms: the delay before the fault
    """

    fault: str
    model: str = "*"
    region: str = "*"
    operation: str = "*"
    route: str = "*"
    body: str = "*"
    rate: float = 1.0
    seed: int | None = None
    after: int = 0
    count: int | None = None
    latency_ms: float = 0.0
    seen: int = 0
    hits: int = 0
    _chance: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311

    def matches(self, asked: Asked) -> bool:
        return (
            fnmatchcase(asked.model, self.model)
            and fnmatchcase(asked.region, self.region)
            and fnmatchcase(asked.operation, self.operation)
            and fnmatchcase(route_kind(asked.identifier, asked.model), self.route)
            and (self.body == "*" or fnmatchcase(asked.body.decode("utf-8", "replace"), self.body))
        )

    def applies_to(self, asked: Asked) -> bool:
        """Returns whether the rule hits this request, and counts it."""
        if not self.matches(asked):
            return False
        if self.count is not None and self.hits >= self.count:
            return False
        self.seen += 1
        if self.seen <= self.after:
            return False
        hit = self._is_drawn() if self.seed is not None else self._is_due()
        self.hits += hit
        return hit

    def _is_drawn(self) -> bool:
        return self._chance.random() < self.rate

    def _is_due(self) -> bool:
        seen = self.seen - self.after
        return math.floor(seen * self.rate) > math.floor((seen - 1) * self.rate)

    def as_json(self) -> dict[str, Any]:
        values = asdict(self)
        del values["_chance"]
        match = {key: values.pop(key) for key in MATCHES}
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
    known = {"match", "fault", "rate", "seed", "after", "count", "latency_ms"}
    if unknown := sorted(set(entry) - known):
        raise wrong(f"unknown key {unknown[0]!r}; known: {', '.join(sorted(known))}")
    match = entry.get("match", {})
    if not isinstance(match, dict) or not all(isinstance(glob, str) for glob in match.values()):
        raise wrong("'match' must be an object of globs")
    if unknown := sorted(set(match) - set(MATCHES)):
        raise wrong(f"unknown key {unknown[0]!r} in 'match'; known: {', '.join(sorted(MATCHES))}")
    if entry.get("fault") not in FAULTS:
        raise wrong(f"'fault' must be one of {', '.join(FAULTS)}")
    rate, count, latency = entry.get("rate", 1.0), entry.get("count"), entry.get("latency_ms", 0)
    after = entry.get("after", 0)
    if not _number(rate) or not 0 <= rate <= 1:
        raise wrong("'rate' must be a number from 0 to 1")
    if count is not None and (not _whole(count) or count < 0):
        raise wrong("'count' must be a whole number or null")
    if not _whole(after) or after < 0:
        raise wrong("'after' must be a whole number")
    if entry.get("seed") is not None and not _whole(entry["seed"]):
        raise wrong("'seed' must be a whole number or null")
    if not _number(latency) or not 0 <= latency <= 3_600_000:
        raise wrong("'latency_ms' must be a number from 0 to 3600000")
    return Rule(
        fault=entry["fault"],
        rate=float(rate),
        seed=entry.get("seed"),
        after=after,
        count=count,
        latency_ms=float(latency or (SLOW_MS if entry["fault"] == "slow" else 0)),
        **match,
    )


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def first_applicable(rules: Sequence[Rule], asked: Asked) -> Rule | None:
    """Returns the first rule that hits this request; later rules do not count the request."""
    return next((rule for rule in rules if rule.applies_to(asked)), None)


def account_refusal(rules: Sequence[Rule], model: str, region: str) -> str:
    """Returns the name of the fault by which the account may not call the model, or ""."""
    asked = Asked(model, region, "converse", model)
    found = (rule.fault for rule in rules if rule.fault in UNAVAILABLE and rule.matches(asked))
    return next(found, "")


def with_fault(behaviour: Behaviour, fault: str) -> Behaviour:
    """Returns a model's behaviour under a fault of the model itself; unchanged for other faults."""
    if fault in QUIRKS:
        return replace(behaviour, quirks=behaviour.quirks | {fault})
    if fault in REFUSED_FEATURES:
        return replace(behaviour, refuses=behaviour.refuses | {REFUSED_FEATURES[fault]})
    return behaviour
