"""How simulated models deviate from correct behaviour. Models outside the table behave well.

The first row that matches model and region applies; `why` names the real-world case it simulates.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from .refusals import REFUSALS
from .wire import BedrockError


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One row of the table. `model` and `region` are globs.

    quirks:            deviations that misbehaviour.py, responder.py, converse.py and invoke.py read
    refuses:           request features that request.py refuses
    refusal:           the name of the error that every call gets; "" for none
    throttle_first:    the number of requests, per model and region, that are throttled at first
    throttle_window_s: seconds after which throttling ends even if fewer have come
    first_token_ms:    delay of the first token
    pace_ms:           delay per further token or event
    """

    model: str = "*"
    region: str = "*"
    why: str = "behaves well"
    quirks: frozenset[str] = frozenset()
    refuses: frozenset[str] = frozenset()
    refusal: str = ""
    throttle_first: int = 0
    throttle_window_s: float = 3600.0
    first_token_ms: float = 0.0
    pace_ms: float = 0.0


def _row(model: str, region: str, why: str, *quirks: str, refuses: str = "") -> Behaviour:
    return Behaviour(model, region, why, frozenset(quirks), frozenset(refuses.split()))


BEHAVIOURS: tuple[Behaviour, ...] = (
    _row("mistral.mistral-7b-*", "*", "older chat template: no system role, JSON wrapped in prose",
         "fences_json", refuses="system"),
    _row("mistral.mixtral-8x7b-*", "*", "the same template as mistral-7b",
         "fences_json", refuses="system"),
    _row("meta.llama3-8b-*", "*", "a small model: weak at sums, Unicode, memory and obedience",
         "poor_arithmetic", "drops_accents", "forgets", "ignores_system", "fences_json"),
    _row("meta.llama4-*", "*", "tools work on Converse and are refused on ConverseStream",
         refuses="tools-streamed"),
    _row("google.gemma-3-4b-it", "*", "small vision tower: one digit of a picture read wrong",
         "misreads_digit"),
    _row("mistral.ministral-3-3b-*", "*", "too small for tools: calls the wrong one", "wrong_tool"),
    _row("mistral.ministral-3-8b-*", "*", "leaves out a required tool argument", "omits_argument"),
    _row("writer.palmyra-vision-7b", "*", "answers with no content at all, only a stop", "silent"),
    _row("moonshot.kimi-k2-thinking", "*", "the stream breaks after a few tokens", "breaks_stream"),
    _row("amazon.titan-embed-text-v2:0", "eu-west-3", "an older build serves this region",
         "wrong_dimension"),
    _row("stability.stable-image-erase-object-v1:0", "*", "pictures arrive truncated",
         "broken_image"),
    _row("cohere.rerank-v3-5:0", "ap-northeast-1", "ranks worst first in this region",
         "ranks_badly"),
    Behaviour("deepseek.r1-v1:0", why="thinks before it speaks and then speaks slowly",
              first_token_ms=300, pace_ms=5),
    Behaviour("minimax.minimax-m2", why="a cold start throttles the first two requests of a region",
              throttle_first=2),
    Behaviour("qwen.qwen3-32b-v1:0", why="a tiny quota: more refusals than the transport has tries",
              throttle_first=12, throttle_window_s=60),
    Behaviour("amazon.nova-premier-v1:0", why="past its end of life", refusal="end_of_life"),
    Behaviour("anthropic.claude-opus-4-1-*", "us-west-2", "its agreement is not signed there",
              refusal="deny"),
    Behaviour("amazon.nova-pro-v1:0", "eu-*", "the organisation denies it in Europe",
              refusal="scp_denied"),
    Behaviour("google.gemma-3-12b-it", "ap-south-1", "the service is broken for it there",
              refusal="error"),
)  # fmt: skip
WELL_BEHAVED = Behaviour()


@lru_cache(maxsize=4096)
def behaviour_of(model: str, region: str) -> Behaviour:
    return next(
        (
            row
            for row in BEHAVIOURS
            if fnmatchcase(model, row.model) and fnmatchcase(region, row.region)
        ),
        WELL_BEHAVED,
    )


class Quotas:
    """Counts the requests throttled so far, per model and region."""

    def __init__(self) -> None:
        self._refused: dict[tuple[str, str], tuple[int, float]] = {}

    def spend(self, behaviour: Behaviour, model: str, region: str, now: float) -> None:
        """Counts a request at `now` (seconds, monotonic). Raises BedrockError to throttle it."""
        if not behaviour.throttle_first:
            return
        count, since = self._refused.get((model, region), (0, now))
        if count < behaviour.throttle_first and now - since < behaviour.throttle_window_s:
            self._refused[(model, region)] = (count + 1, since)
            raise BedrockError(*REFUSALS["throttle"])

    def reset(self) -> None:
        self._refused.clear()
