from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from models_registry.models import AIModel, Region
from tests.factories.certification import PairFactory, StandingFactory, offered
from tests.factories.registry import AIModelFactory, ModelOfferFactory, RegionFactory
from tests.integration.admin.conftest import queries_of

pytestmark = pytest.mark.django_db


def judged(verdict: str, score: float | None = None, **more: Any) -> Any:
    """A standing with its record, of a model that is offered there."""
    pair = PairFactory.create()
    ModelOfferFactory.create(model=pair.model, region=pair.region)
    given = {"status": verdict, "completed_at": timezone.now(), **more}
    return StandingFactory.create(
        model=pair.model,
        region=pair.region,
        verdict=verdict,
        score=score,
        certification=pair,
        **given,
    )


def shown(client: Client, asked: str = "") -> str:
    return client.get(f"/admin/matrix/{asked}").content.decode()


def test_a_cell_shows_sign_and_score_and_leads_to_its_record(viewer: Client) -> None:
    standing = judged("CERTIFIED", 97.4)

    page = shown(viewer)

    assert f'<a href="../certifications/{standing.certification_id}/"' in page
    assert ">✓ 97</a>" in page
    assert 'title="certified · today"' in page


def test_only_a_whole_hundred_reads_a_hundred(viewer: Client) -> None:
    judged("CERTIFIED", 99.6)
    judged("QUALITY_WARNING", 69.6)

    page = shown(viewer)

    assert ">✓ 99</a>" in page
    assert ">! 69</a>" in page


def test_what_was_certified_yesterday_evening_is_a_day_old(viewer: Client) -> None:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    judged("CERTIFIED", 97.4, completed_at=midnight - timedelta(minutes=1))

    assert 'title="certified · 1 day ago"' in shown(viewer)


def test_what_is_not_offered_has_a_dash_and_what_was_never_certified_is_empty(
    viewer: Client,
) -> None:
    AIModelFactory.create()
    offered()

    page = shown(viewer)

    assert '<td class="n">–</td>' in page
    assert '<td class="e"></td>' in page


def test_a_stale_verdict_is_marked_and_says_why(viewer: Client) -> None:
    judged("CERTIFIED", 91.0, stale_reason="THROTTLED")

    page = shown(viewer)

    assert "✓ 91 †" in page
    assert "stale: Throttled" in page


def test_a_verdict_stays_readable_while_its_pair_is_certified_again(viewer: Client) -> None:
    judged("FAILED", 20.0, status="PROCESSING")

    assert "✗ 20 ▸" in shown(viewer)


def test_simulated_results_say_so(viewer: Client) -> None:
    judged("CERTIFIED", 91.0, simulated=True)

    assert 'class="simulated"' in shown(viewer)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("?vendor=Acme", {"Anvil"}),
        ("?kind=EMBEDDING", {"Vectors"}),
        ("?capability=tools", {"Anvil"}),
        ("?search=vec", {"Vectors"}),
        ("?status=CERTIFIED", {"Anvil"}),
        ("?status=STALE", {"Vectors"}),
    ],
)
def test_filters_narrow_the_models(asked: str, names: set[str], viewer: Client) -> None:
    anvil = AIModelFactory.create(name="Anvil", vendor="Acme", capabilities={"tools": True})
    vectors = AIModelFactory.create(name="Vectors", kind="EMBEDDING", capabilities={})
    StandingFactory.create(model=anvil, status="QUEUED", verdict="CERTIFIED", passed=True)
    StandingFactory.create(model=vectors, verdict="FAILED", passed=False, stale_reason="THROTTLED")

    page = shown(viewer, asked)

    assert {name for name in ("Anvil", "Vectors") if f"<span>{name}</span>" in page} == names


def test_regions_can_be_chosen(viewer: Client) -> None:
    AIModelFactory.create()
    here, there = RegionFactory.create_batch(2)

    page = shown(viewer, f"?regions={here.pk}")

    assert f"<span>{here.pk}</span>" in page
    assert f"<span>{there.pk}</span>" not in page


def test_what_is_no_region_is_not_chosen(viewer: Client) -> None:
    _models, (here, there) = offered(regions=2)

    page = shown(viewer, f"?regions=zz&regions={here}")

    assert f"../regions/{here}/" in page
    assert f"../regions/{there}/" not in page


@pytest.mark.parametrize("asked", ["zz", "us-gone-1"])
def test_where_all_that_is_asked_for_is_no_region_nothing_is_shown(
    asked: str, viewer: Client
) -> None:
    RegionFactory.create(id="us-gone-1", is_active=False)
    offered(regions=2)

    page = shown(viewer, f"?regions={asked}")

    assert "../regions/" not in page
    assert "None of these regions is in the matrix." in page
    assert 'href="/admin/matrix/">Show all' in page


def test_filters_that_nothing_fits_offer_the_way_back(viewer: Client) -> None:
    AIModelFactory.create()

    assert "No model fits these filters." in shown(viewer, "?search=nothing")


def test_a_name_is_text_whatever_it_holds(viewer: Client) -> None:
    AIModelFactory.create(name="<script>alert(1)</script>")

    page = shown(viewer)

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_only_who_may_certify_can_tick(viewer: Client, operator: Client) -> None:
    offered()

    assert 'name="models"' not in shown(viewer)
    assert 'name="models"' in shown(operator)


def test_without_a_role_there_is_no_matrix(without_a_role: Client) -> None:
    assert without_a_role.get("/admin/matrix/").status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_matrix(operator: Client) -> None:
    judged("CERTIFIED", 97.4)
    few = queries_of(lambda: shown(operator))
    for model in AIModelFactory.create_batch(5):
        for region in RegionFactory.create_batch(4):
            StandingFactory.create(model=model, region=region, verdict="FAILED", score=1.0)

    assert queries_of(lambda: shown(operator)) == few
    assert (AIModel.objects.count(), Region.objects.count()) == (6, 21)
