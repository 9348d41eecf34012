"""The metrics of a comparison: how a value is written, and which of several is the best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext_lazy as _

from certification.figures import percent


@dataclass(frozen=True)
class Metric:
    """`name` is a standing's field; `of_side` that of a whole side in a comparison."""

    name: str
    of_side: str
    label: Any
    write: Callable[[Any], str]
    is_higher_better: bool = False

    def text(self, value: Any) -> str:
        """Empty for None."""
        return "" if value is None else self.write(value)

    def best(self, values: Sequence[Any], eligible: Sequence[Any] | None = None) -> str:
        """Returns the text of the best of the eligible values (by default of all). Returns "" if
        fewer than two are known or all have the same text."""
        if len({self.text(value) for value in values if value is not None}) < 2:
            return ""
        known = [value for value in (values if eligible is None else eligible) if value is not None]
        if not known:
            return ""
        return self.text(max(known) if self.is_higher_better else min(known))


def _ms(value: int) -> str:
    return f"{value} ms"


def _one_place(value: float) -> str:
    return floatformat(value, "1g")


def _usd(value: Any) -> str:
    return f"US$\N{NO-BREAK SPACE}{floatformat(value, -6)}"


SCORE = Metric("score", "score", _("Score"), _one_place, is_higher_better=True)
LATENCY = Metric("latency_ms", "latency_p50_ms", _("Latency"), _ms)
METRICS = (
    SCORE,
    LATENCY,
    Metric("ttft_ms", "ttft_p50_ms", _("First token"), _ms),
    Metric(
        "tokens_per_second",
        "tokens_per_second",
        _("Tokens per second"),
        _one_place,
        is_higher_better=True,
    ),
    Metric("cost", "cost", _("Cost"), _usd),
)
POINTS = Metric("", "", _("Points"), percent, is_higher_better=True)
