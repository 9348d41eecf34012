from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from certification.admin.comparison.metrics import LATENCY, METRICS, POINTS, SCORE


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("values", "best"),
    [
        ([90.0, 80.0], "90.0"),
        ([90.0, None], ""),
        ([], ""),
        # Displayed as equal, so neither is marked as the best.
        ([90.01, 90.02], ""),
        ([90.0, 90.0, 10.0], "90.0"),
    ],
)
def test_the_best_score_is_the_highest_of_those_that_differ(values: list[Any], best: str) -> None:
    assert SCORE.best(values) == best


def test_the_best_latency_is_the_lowest_of_the_eligible_ones() -> None:
    assert LATENCY.best([5, 300, 500], [300, 500]) == "300 ms"


def test_none_is_the_best_where_none_is_eligible() -> None:
    assert LATENCY.best([5, 300], []) == ""


def test_a_score_is_rounded_and_not_cut_off() -> None:
    assert [SCORE.text(66.67), SCORE.text(66.64)] == ["66.7", "66.6"]


def test_points_are_whole_or_none_only_where_they_are() -> None:
    points = [1.0, 0.997, 0.5, 0.003, 0.0]

    assert [POINTS.text(one) for one in points] == ["100%", ">99%", "50%", "<1%", "0%"]


def test_a_cost_is_written_in_dollars_and_an_unknown_one_not_at_all() -> None:
    cost = METRICS[-1]

    assert [cost.text(Decimal("0.00012345")), cost.text(None)] == [
        "US$\N{NO-BREAK SPACE}0.000123",
        "",
    ]
