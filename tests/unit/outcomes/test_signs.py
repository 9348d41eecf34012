from __future__ import annotations

import re

import pytest
from django.conf import settings

from certification.outcomes.signs import ROUTE_SIGNS, SIGNS, STALE_SIGN
from certification.states import STALE, PairStatus, StandingStatus

STYLE = (settings.BASE_DIR / "static" / "homologa" / "style.css").read_text()
VERDICTS = (
    StandingStatus.CERTIFIED,
    StandingStatus.QUALITY_WARNING,
    StandingStatus.FAILED,
    StandingStatus.BLOCKED,
    StandingStatus.INCONCLUSIVE,
    StandingStatus.UNSUPPORTED,
)


@pytest.mark.parametrize("status", [*PairStatus, *StandingStatus])
def test_each_result_has_a_sign(status: PairStatus | StandingStatus) -> None:
    assert SIGNS[status]


def test_no_two_verdicts_have_the_same_sign() -> None:
    assert len({SIGNS[verdict] for verdict in VERDICTS}) == len(VERDICTS)


def test_a_route_has_the_sign_of_nothing_else() -> None:
    assert len(set(ROUTE_SIGNS.values()) - {*SIGNS.values(), STALE_SIGN}) == len(ROUTE_SIGNS)


@pytest.mark.parametrize(("status", "sign"), [*SIGNS.items(), (STALE, STALE_SIGN)])
def test_the_style_sheet_has_the_same_signs(status: str, sign: str) -> None:
    # What has no rule of its own has the sign of any status.
    rules = re.findall(r"([^{}]+)\{ content: \"(.)\"", STYLE)
    shown = {
        selector.strip().removesuffix("::before"): mark
        for selectors, mark in rules
        for selector in selectors.split(",")
    }

    assert shown.get(f".status-{status}", shown[".status"]) == sign
