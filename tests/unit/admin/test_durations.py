from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.utils import timezone, translation

from certification.admin.wording import durations


@pytest.fixture(autouse=True)
def _in_english_and_sao_paulo() -> Iterator[None]:
    with translation.override("en"), timezone.override("America/Sao_Paulo"):
        yield


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (None, ""),
        (94, "0.1 s"),
        (1990, "2.0 s"),
        (9940, "9.9 s"),
        (9960, "10 s"),
        (42_000, "42 s"),
        (200_000, "3 min 20 s"),
        (7_500_000, "2 h 5 min"),
    ],
)
def test_a_duration_is_rounded_and_not_cut_off(ms: int | None, words: str) -> None:
    assert durations.of_ms(ms) == words


@pytest.mark.parametrize(
    ("at", "ago"),
    [
        ("2026-07-10T00:01-03:00", "today"),
        ("2026-07-09T23:59-03:00", "1 day ago"),
        ("2026-07-09T00:01-03:00", "1 day ago"),
        ("2026-07-08T20:00-03:00", "2 days ago"),
        # Another machine's clock may be ahead.
        ("2026-07-11T00:01-03:00", "today"),
    ],
)
def test_days_are_those_of_the_local_calendar(at: str, ago: str) -> None:
    # Already the next day in UTC.
    now = datetime.fromisoformat("2026-07-10T22:00-03:00")

    assert durations.days_ago(durations.days_between(datetime.fromisoformat(at), now)) == ago
