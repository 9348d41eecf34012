"""Turns a pair's last scores into the figures of a small line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from certification.models import JobCertification

# The drawing's own units; the page decides how large it is.
WIDTH, HEIGHT, MARGIN = 200, 60, 6


@dataclass(frozen=True)
class Dot:
    """Coordinates are texts, for no language writes them otherwise. One that `is_apart` was found
    by other checks than the newest, so that its score is not to be compared with it."""

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
        """How the newest score differs from the one before; None where there is none that it can
        be compared with."""
        alike = [record for record in self.records[:-1] if self._is_alike(record)]
        return (self.newest.score or 0) - (alike[-1].score or 0) if alike else None

    @property
    def dots(self) -> list[Dot]:
        step = (WIDTH - 2 * MARGIN) / max(1, len(self.records) - 1)
        return [
            Dot(
                f"{MARGIN + place * step:.1f}",
                f"{HEIGHT - MARGIN - (record.score or 0) / 100 * (HEIGHT - 2 * MARGIN):.1f}",
                not self._is_alike(record),
            )
            for place, record in enumerate(self.records)
        ]

    @property
    def points(self) -> str:
        return " ".join(f"{dot.x},{dot.y}" for dot in self.dots)

    def _is_alike(self, record: JobCertification) -> bool:
        return record.suite_version == self.newest.suite_version
