"""The last scores of a pair as a small line chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from certification.models import JobCertification

# In the units of the SVG; the page scales it.
WIDTH, HEIGHT, MARGIN = 200, 60, 6


@dataclass(frozen=True)
class Dot:
    """Coordinates are texts with a decimal point: SVG takes no decimal comma. `is_apart`: the score
    comes from another suite version than the newest, so the two cannot be compared."""

    x: str
    y: str
    is_apart: bool


@dataclass(frozen=True)
class ScoreLine:
    """Scores from 0 to 100 of the records of one pair, oldest on the left."""

    region: str
    records: Sequence[JobCertification]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def newest(self) -> JobCertification:
        return self.records[-1]

    @property
    def change(self) -> float | None:
        """The newest score minus the one before of the same suite version; None without one."""
        alike = [record for record in self.records[:-1] if self._is_alike(record)]
        return (self.newest.score or 0) - (alike[-1].score or 0) if alike else None

    @property
    def dots(self) -> list[Dot]:
        step = (WIDTH - 2 * MARGIN) / max(1, len(self.records) - 1)
        return [
            Dot(
                f"{MARGIN + index * step:.1f}",
                f"{HEIGHT - MARGIN - (record.score or 0) / 100 * (HEIGHT - 2 * MARGIN):.1f}",
                not self._is_alike(record),
            )
            for index, record in enumerate(self.records)
        ]

    @property
    def points(self) -> str:
        return " ".join(f"{dot.x},{dot.y}" for dot in self.dots)

    def _is_alike(self, record: JobCertification) -> bool:
        return record.suite_version == self.newest.suite_version
