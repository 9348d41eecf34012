"""Weeks as two small charts: bars for the pass rate, dots for the latency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from certification.figures import percent
from certification.queries.trends import Week

# In the units of the SVG; whole numbers, since a decimal comma would break an SVG attribute.
WIDTH, HEIGHT, TOP, BOTTOM = 480, 170, 24, 28
FLOOR = HEIGHT - BOTTOM


@dataclass(frozen=True)
class Mark:
    """A week in a chart; `y` is None if the week has no value."""

    week: Week
    left: int
    middle: int
    y: int | None

    @property
    def pass_rate(self) -> str:
        rate = self.week.pass_rate
        return "" if rate is None else percent(rate / 100)

    @property
    def height(self) -> int:
        return FLOOR - self.y if self.y is not None else 0


@dataclass(frozen=True)
class Chart:
    marks: Sequence[Mark]
    bar: int
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = FLOOR

    @property
    def line(self) -> str:
        """The points of a polyline through the weeks that have a value."""
        return " ".join(f"{mark.middle},{mark.y}" for mark in self.marks if mark.y is not None)


def pass_rates(weeks: Sequence[Week]) -> Chart:
    return _chart(weeks, [week.pass_rate for week in weeks], 100)


def latencies(weeks: Sequence[Week]) -> Chart:
    values = [week.latency_ms for week in weeks]
    return _chart(weeks, values, max((value for value in values if value), default=1))


def _chart(weeks: Sequence[Week], values: Sequence[float | None], most: float) -> Chart:
    step = WIDTH // len(weeks)
    bar = step * 2 // 3
    marks = [
        Mark(
            week,
            left=n * step + (step - bar) // 2,
            middle=n * step + step // 2,
            y=None if value is None else FLOOR - round((FLOOR - TOP) * value / most),
        )
        for n, (week, value) in enumerate(zip(weeks, values, strict=True))
    ]
    return Chart(marks, bar)
