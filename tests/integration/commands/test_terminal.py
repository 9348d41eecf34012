from __future__ import annotations

import pytest
from django.utils import timezone

from certification.management import terminal
from certification.models import JobCertification
from certification.outcomes.advice import advice_on
from tests.factories.certification import PairFactory

pytestmark = pytest.mark.django_db


def shown(capsys: pytest.CaptureFixture[str], **fields: object) -> str:
    pair: JobCertification = PairFactory.create(completed_at=timezone.now(), **fields)
    terminal.show_verdicts(pair.job, [pair])
    return " ".join(capsys.readouterr().out.split())


def test_a_category_of_an_earlier_version_has_the_advice_of_its_new_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = shown(capsys, status="INCONCLUSIVE", error_category="REGION_SHUT")

    assert f"→ {advice_on('CIRCUIT_OPEN')}" in said


def test_a_category_that_is_no_longer_known_is_shown_without_advice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = shown(capsys, status="FAILED", error_category="RETIRED", error_message="it broke")

    assert "RETIRED" in said
    assert "it broke" in said
    assert "→" not in said


def test_a_score_under_the_threshold_has_the_sign_of_a_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "! " in shown(capsys, status="PASSED", passed=True, score=10.0)
