"""The hours of the clock in which a schedule is open, on days with a change of the clock too.

Hours that the clock skips are made up for at the first moment after the gap. An hour that comes
twice counts once, the first time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

# Seconds. Clocks change at quarters of an hour, of UTC too.
QUARTER: Final = 900
# A round may be early, rather than a day late, if the clock was changed by so much.
TOLERANCE: Final = timedelta(hours=2)


@dataclass(frozen=True)
class OpeningHours:
    """`from_hour`, 0 to 23, and the number of hours, 1 to 24, in a time zone."""

    from_hour: int
    hours: int
    zone: ZoneInfo

    def is_open_at(self, moment: datetime) -> bool:
        return self.hours == 24 or any(
            begins <= moment < ends and (is_made_up or not moment.astimezone(self.zone).fold)
            for begins, ends, is_made_up in self._around(moment)
        )

    def opens_from(self, moment: datetime) -> datetime:
        """Returns `moment` if it is open, else when it next opens, in UTC."""
        if self.is_open_at(moment):
            return moment
        seconds = int(moment.timestamp()) // QUARTER * QUARTER
        while True:
            seconds += QUARTER
            found = datetime.fromtimestamp(seconds, UTC)
            if self.is_open_at(found):
                return found

    def next_round(self, moment: datetime, after: datetime) -> datetime:
        """Returns when a round is opened that its rhythm puts at `moment`; later than `after`."""
        if self.hours == 24:
            return moment
        for begins, ends, is_made_up in self._around(moment):
            moves = is_made_up and begins <= moment < ends
            missed = ends <= moment <= ends + TOLERANCE and not self.is_open_at(moment)
            if begins > after and (moves or missed):
                return begins
        return self.opens_from(moment)

    def _around(self, moment: datetime) -> Iterator[tuple[datetime, datetime, bool]]:
        """Yields when it opens and closes on this day and the two before, and whether the clock
        skips all of these hours, so that others make up for them."""
        today = moment.astimezone(self.zone).date()
        for back in range(3):
            first = datetime.combine(today - timedelta(days=back), time(self.from_hour))
            begins = first_moment_of(first, self.zone)
            ends = first_moment_of(first + timedelta(hours=self.hours), self.zone)
            if begins < ends:
                yield begins, ends, False
            else:
                yield begins, begins + timedelta(hours=self.hours), True


def first_moment_of(clock: datetime, zone: ZoneInfo) -> datetime:
    """Returns when a clock first shows this time, or a later one if it skips this one; in UTC."""
    moment = clock.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == clock:
        return moment
    # In a gap, the offset before it (fold 0) gives a moment after it, and the one after it, before.
    before, after = clock.replace(tzinfo=zone, fold=1).astimezone(UTC), moment
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before).total_seconds() // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
