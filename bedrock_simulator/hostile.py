"""The hostile mode: each model in each region gets a fault drawn at random, or none, by a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from .faults import Rule
from .refusals import STREAM_REFUSALS

# A quarter of the pairs has no fault.
HEALTHY = 0.25
_RARELY = 1 / 8
# Fault -> the share of the requests that it affects, and how many it affects at most.
PLANS: tuple[tuple[str, float, int | None], ...] = (
    ("silent", _RARELY, None),
    ("throttle", 1.0, 1),
    ("model_error", 1.0, 1),
    ("error", 1.0, 1),
    ("unavailable", _RARELY, None),
    ("stream_throttle", 1.0, 1),
    ("thinks_in_think", 1.0, None),
    ("thinks_in_reasoning", 1.0, None),
    ("thinks_twice", 1.0, None),
    ("quotes_thought_tag", 1.0, None),
    ("mixes_blocks", 1.0, None),
    ("refuses_tools_streamed", 1.0, None),
    ("agreement_missing", 1.0, None),
    ("use_case_missing", 1.0, None),
    ("iam_denied", 1.0, None),
    ("scp_denied", 1.0, None),
    ("payment", 1.0, None),
    ("data_retention", 1.0, None),
    ("operation_not_allowed", 1.0, None),
    ("daily_quota", 1.0, None),
    ("guardrail_intervened", 1.0, None),
    ("content_filtered", 1.0, None),
    ("gateway_403", 1.0, None),
    ("gateway_302", 1.0, None),
    ("banana", 1.0, None),
    ("echo", 1.0, None),
    ("random_words", 1.0, None),
    ("truncated", 1.0, None),
    ("half_dead", 1.0, None),
    ("only_required", 1.0, None),
    ("silent", 1.0, None),
    ("end_of_life", 1.0, None),
    ("ignores_tools", 1.0, None),
)


@dataclass(slots=True)
class Hostile:
    """Draws the fault of a pair at its first request; the same seed draws the same faults."""

    seed: int
    drawn: dict[tuple[str, str], Rule | None] = field(default_factory=dict)

    def rules_for(self, model: str, region: str) -> list[Rule]:
        """Returns the rule of a pair, in a list that is empty if it has none."""
        pair = (model, region)
        if pair not in self.drawn:
            self.drawn[pair] = self._draw(model, region)
        rule = self.drawn[pair]
        return [] if rule is None else [rule]

    def _draw(self, model: str, region: str) -> Rule | None:
        chance = random.Random(f"{self.seed} {model} {region}")  # noqa: S311
        if chance.random() < HEALTHY:
            return None
        fault, rate, count = chance.choice(PLANS)
        seed = None if rate == 1 else chance.randrange(1_000_000)
        operation = "converse-stream" if fault in STREAM_REFUSALS else "*"
        return Rule(fault, model, region, operation, rate=rate, seed=seed, count=count)

    def as_json(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "pairs": [
                {"model": model, "region": region, "rule": rule and rule.as_json()}
                for (model, region), rule in sorted(self.drawn.items(), key=lambda item: item[0])
            ],
        }
