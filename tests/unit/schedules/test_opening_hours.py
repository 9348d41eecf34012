from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from certification.models.opening_hours import OpeningHours, first_moment_of

QUARTER = timedelta(minutes=15)
ZONES = sorted(available_timezones())


def rounds(hours: OpeningHours, first: datetime, every: timedelta, days: int) -> list[datetime]:
    """Returns the rounds of a schedule that is looked at every quarter of an hour."""
    found, following, moment = [], hours.opens_from(first), first
    while moment < first + timedelta(days=days):
        if moment >= following:
            assert hours.is_open_at(moment)
            found.append(moment)
            following = hours.next_round(following + every, after=moment)
            assert following > moment
        moment += QUARTER
    return found


@pytest.mark.parametrize(
    ("zone", "from_hour", "first", "skipped"),
    [
        ("America/New_York", 2, "2026-03-06T05:00Z", "2026-03-08T07:00Z"),
        ("Europe/Lisbon", 1, "2026-03-27T12:00Z", "2026-03-29T01:00Z"),
        ("Africa/Cairo", 0, "2026-04-22T12:00Z", "2026-04-23T22:00Z"),
        ("America/Santiago", 0, "2026-09-04T12:00Z", "2026-09-06T04:00Z"),
    ],
)
def test_an_hour_that_the_clock_skips_is_made_up_for_right_after_it(
    zone: str, from_hour: int, first: str, skipped: str
) -> None:
    hours = OpeningHours(from_hour, 1, ZoneInfo(zone))

    found = rounds(hours, datetime.fromisoformat(first), timedelta(days=1), 5)

    assert datetime.fromisoformat(skipped) in found
    assert len(found) == 5
    assert len({moment.astimezone(hours.zone).date() for moment in found}) == 5


@pytest.mark.parametrize("every", [timedelta(hours=1), timedelta(days=1)])
@pytest.mark.parametrize(
    ("zone", "from_hour", "first"),
    [
        ("America/New_York", 1, "2026-10-30T04:00Z"),
        ("Europe/Lisbon", 1, "2026-10-23T12:00Z"),
        ("Australia/Lord_Howe", 1, "2026-04-03T00:00Z"),
    ],
)
def test_an_hour_that_comes_twice_has_one_round(
    zone: str, from_hour: int, first: str, every: timedelta
) -> None:
    hours = OpeningHours(from_hour, 1, ZoneInfo(zone))

    found = rounds(hours, datetime.fromisoformat(first), every, 5)

    assert len(found) == 5
    assert not any(moment.astimezone(hours.zone).fold for moment in found)


@settings(max_examples=60, deadline=None)
@example("America/Vancouver", 2000, 93, 9, 8)
@given(
    st.sampled_from(ZONES),
    st.integers(2000, 2036),
    st.integers(1, 364),
    st.integers(0, 23),
    st.sampled_from([1, 1, 2, 8]),
)
def test_a_daily_round_comes_once_a_day_in_every_time_zone(
    zone: str, year: int, day: int, from_hour: int, length: int
) -> None:
    hours = OpeningHours(from_hour, length, ZoneInfo(zone))
    start = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day)
    # Around a change of the clock, if there is one in the weeks before.
    changes = [
        moment
        for back in range(200)
        if (moment := start - timedelta(days=back)).astimezone(hours.zone).utcoffset()
        != (moment - timedelta(days=1)).astimezone(hours.zone).utcoffset()
    ]
    first = (changes[0] if changes else start) - timedelta(days=2)

    found = rounds(hours, first, timedelta(days=1), 5)

    between = [later - earlier for earlier, later in pairwise(found)]
    assert 4 <= len(found) <= 6
    # Early by all of its hours, if the clock moved the round to just after their end.
    least = timedelta(hours=min(21, 23 - length))
    assert all(least <= gap <= timedelta(hours=27) for gap in between) or any(
        # A whole day that the calendar of an island skipped, or had twice.
        abs(moment.astimezone(hours.zone).utcoffset() - first.astimezone(hours.zone).utcoffset())
        > timedelta(hours=3)
        for moment in found
    )


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ZONES), st.integers(2000 * 12, 2036 * 12), st.integers(0, 31 * 86_400))
def test_the_first_moment_of_a_clocks_time_shows_it_or_the_first_that_follows(
    zone: str, month: int, second: int
) -> None:
    first = datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
    clock = (first + timedelta(seconds=second)).replace(tzinfo=None)
    at = ZoneInfo(zone)

    moment = first_moment_of(clock, at)

    assert moment.astimezone(at).replace(tzinfo=None) >= clock
    earlier = (moment - timedelta(seconds=1)).astimezone(at).replace(tzinfo=None)
    assert earlier < clock


def test_a_schedule_without_hours_is_always_open() -> None:
    hours = OpeningHours(0, 24, ZoneInfo("Europe/Lisbon"))
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)

    assert all(hours.is_open_at(start + QUARTER * number) for number in range(200))
