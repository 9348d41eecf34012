"""The breakers' screen: which circuit is open and why, and each region's limit."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now
from django.test import Client

from certification.models import CircuitBreaker
from certification.states import PairStatus
from models_registry.models import Region
from tests.factories.certification import PairFactory
from tests.factories.registry import RegionFactory

pytestmark = pytest.mark.django_db
BREAKERS = "/admin/breakers/"


@pytest.fixture
def region() -> Region:
    return RegionFactory.create()


def opened(region: Region) -> None:
    CircuitBreaker.objects.create(
        region=region, opened_at=Now(), retry_at=Now(), reason="THROTTLED", failed_probes=2
    )


def text(client: Client) -> str:
    answer = client.get(BREAKERS)
    assert answer.status_code == 200
    return str(answer.content, "utf-8")


def test_an_open_circuit_says_why_and_when_it_is_tried(viewer: Client, region: Region) -> None:
    opened(region)

    shown = text(viewer)

    assert "half-open" in shown
    assert "Throttled" in shown
    assert "2 failed probes" in shown
    assert "Reset" not in shown


def test_regions_that_answer_show_what_is_at_work_and_what_waits(
    viewer: Client, region: Region
) -> None:
    PairFactory.create(region=region)
    PairFactory.create(region=region, status=PairStatus.QUEUED)
    PairFactory.create(region=region, status=PairStatus.PROCESSING, attempt=1)

    shown = text(viewer)

    assert "Every region answers" in shown
    assert '<td class="number">1</td>' in shown
    assert ">2</a>" in shown


def test_an_operator_opens_it_by_hand(operator: Client, region: Region) -> None:
    opened(region)

    answer = operator.post(f"{BREAKERS}{region.pk}/reset/", follow=True)

    assert CircuitBreaker.objects.get().opened_at is None
    assert b"is closed again" in answer.content


def test_an_administrator_sets_a_limit_and_takes_it_away(
    administrator: Client, region: Region
) -> None:
    administrator.post(f"{BREAKERS}{region.pk}/limit/", {"limit": "3"})
    assert CircuitBreaker.objects.get().limit == 3

    administrator.post(f"{BREAKERS}{region.pk}/limit/", {"limit": ""})
    assert CircuitBreaker.objects.get().limit is None


@pytest.mark.parametrize("given", ["0", "-2", "x", "99999"])
def test_a_limit_that_is_none_is_refused(administrator: Client, region: Region, given: str) -> None:
    answer = administrator.post(f"{BREAKERS}{region.pk}/limit/", {"limit": given}, follow=True)

    assert b"errornote" in answer.content or b'class="error"' in answer.content
    assert not CircuitBreaker.objects.exists()


def test_rights_hold_on_the_actions(viewer: Client, operator: Client, region: Region) -> None:
    opened(region)

    assert viewer.post(f"{BREAKERS}{region.pk}/reset/").status_code == 403
    assert operator.post(f"{BREAKERS}{region.pk}/limit/", {"limit": "3"}).status_code == 403
    assert CircuitBreaker.objects.get().opened_at is not None


def test_thirty_regions_cost_as_many_queries_as_one(
    viewer: Client, django_assert_num_queries: object
) -> None:
    """Session, user, two for its rights, breakers, open pairs, failures, regions."""
    for _ in range(5):
        opened(RegionFactory.create())

    with django_assert_num_queries(8):  # type: ignore[operator]
        viewer.get(BREAKERS)
