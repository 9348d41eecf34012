from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.template import loader
from django.utils import translation

from certification.outcomes import simulated


@pytest.fixture(autouse=True, params=["en", "pt-br"])
def _language(request: pytest.FixtureRequest) -> Iterator[None]:
    with translation.override(request.param):
        yield


@pytest.mark.parametrize("not_simulated", [False, None])
def test_a_result_of_aws_has_no_mark(not_simulated: bool | None) -> None:
    shown = loader.render_to_string("homologa/parts/simulated.html", {"simulated": not_simulated})

    assert simulated.label(not_simulated) == simulated.notice(bool(not_simulated)) == ""
    assert shown.strip() == ""


def test_a_simulated_result_has_the_same_mark_in_texts_and_on_screens() -> None:
    shown = loader.render_to_string("homologa/parts/simulated.html", {"simulated": True})

    assert simulated.label(True) == str(simulated.LABEL)
    assert f">{simulated.label(True)}</span>" in shown


def test_a_report_with_a_simulated_result_says_so() -> None:
    assert simulated.notice(True) == str(simulated.NOTICE)
