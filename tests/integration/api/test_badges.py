from __future__ import annotations

from xml.etree import ElementTree

import pytest
from rest_framework.test import APIClient

from certification.models import ModelCertification
from certification.states import StandingStatus
from tests.factories.certification import StandingFactory
from tests.factories.registry import AIModelFactory, RegionFactory

pytestmark = pytest.mark.django_db

BADGE = "/api/certification-queue/badge"


@pytest.fixture
def standing() -> ModelCertification:
    return StandingFactory.create(
        model=AIModelFactory.create(api_model_id="amazon.nova-lite-v1:0"),
        region=RegionFactory.create(id="us-east-1"),
        status=StandingStatus.QUEUED,
        verdict=StandingStatus.CERTIFIED,
        score=95.2,
        simulated=True,
    )


def address(standing: ModelCertification) -> str:
    return f"{BADGE}/{standing.model.api_model_id}/{standing.region_id}"


def test_it_tells_the_last_verdict_and_that_it_is_simulated(
    standing: ModelCertification, bruno: APIClient
) -> None:
    answer = bruno.get(f"{address(standing)}.svg", headers={"accept-language": "en"})

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert "private" in answer["Cache-Control"]
    picture = ElementTree.fromstring(answer.content)
    assert picture.attrib["aria-label"] == "homologa us-east-1: certified · 95 · simulated"


@pytest.mark.parametrize(
    ("verdict", "score", "told"),
    [
        (StandingStatus.QUALITY_WARNING, 69.6, "quality warning · 69"),
        (StandingStatus.CERTIFIED, 99.6, "certified · 99"),
        (StandingStatus.CERTIFIED, 100.0, "certified · 100"),
    ],
)
def test_no_score_is_rounded_to_what_it_is_not(
    verdict: StandingStatus, score: float, told: str, bruno: APIClient
) -> None:
    standing = StandingFactory.create(verdict=verdict, score=score)

    answer = bruno.get(f"{address(standing)}.svg", headers={"accept-language": "en"})

    picture = ElementTree.fromstring(answer.content)
    assert picture.attrib["aria-label"] == f"homologa {standing.region_id}: {told}"


def test_a_stranger_sees_it_only_where_an_operator_has_allowed_it(
    standing: ModelCertification, ana: APIClient, stranger: APIClient
) -> None:
    assert stranger.get(f"{address(standing)}.svg").status_code == 404

    allowed = ana.put(address(standing), {"public": True}, format="json")

    assert allowed.json()["data"]["url"].endswith("/amazon.nova-lite-v1:0/us-east-1.svg")
    assert stranger.get(f"{address(standing)}.svg").status_code == 200
    ana.put(address(standing), {"public": False}, format="json")
    assert stranger.get(f"{address(standing)}.svg").status_code == 404


def test_what_was_never_certified_has_no_badge(ana: APIClient) -> None:
    model = AIModelFactory.create()

    assert ana.get(f"{BADGE}/{model.pk}/us-east-1.svg").status_code == 404
    answer = ana.put(f"{BADGE}/{model.pk}/us-east-1", {"public": True}, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "standing_not_found")
