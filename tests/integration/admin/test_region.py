from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from certification.models import ModelCertification
from models_registry.models import AIModel, Region
from tests.factories.certification import StandingFactory
from tests.factories.registry import AIModelFactory, ModelOfferFactory, RegionFactory
from tests.integration.admin.conftest import queries_of
from tests.integration.admin.html import without_layout

pytestmark = pytest.mark.django_db


def judged(
    region: Region, model: AIModel | None = None, score: float = 91.0, **more: Any
) -> ModelCertification:
    standing: ModelCertification = StandingFactory.create(
        region=region,
        model=model or AIModelFactory.create(),
        score=score,
        **{
            "status": "CERTIFIED",
            "verdict": "CERTIFIED",
            "passed": True,
            "completed_at": timezone.now(),
            **more,
        },
    )
    return standing


def shown(client: Client, region: Region, asked: str = "") -> str:
    answer = client.get(f"/admin/regions/{region.pk}/{asked}")
    assert answer.status_code == 200
    return without_layout(answer.content)


def part(page: str, id: str) -> str:
    return page.split(f'id="{id}"')[1].split("</section>")[0]


def test_a_region_shows_its_models_with_their_figures(viewer: Client) -> None:
    place = RegionFactory.create()
    standing = judged(place, latency_ms=321)
    judged(RegionFactory.create(), AIModelFactory.create(name="Elsewhere"))

    table = part(shown(viewer, place), "standings")

    for text in (standing.model.name, "91.0", "321 ms", f"models/{standing.model_id}/"):
        assert text in table
    assert "Elsewhere" not in table


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("?search=ANV", {"Anvil"}),
        ("?vendor=Acme", {"Anvil"}),
        ("?status=FAILED", {"Vectors"}),
        ("?status=STALE", {"Vectors"}),
        ("?status=COMPLETED", {"Anvil"}),
        ("?search=acme.rock", {"Anvil"}),
    ],
)
def test_filters_narrow_the_table_and_the_drawings(
    asked: str, names: set[str], viewer: Client
) -> None:
    place = RegionFactory.create()
    anvil = AIModelFactory.create(name="Anvil", vendor="Acme", api_model_id="acme.rock-v1")
    judged(place, anvil)
    judged(
        place,
        AIModelFactory.create(name="Vectors"),
        verdict="FAILED",
        passed=False,
        stale_reason="THROTTLED",
    )

    page = shown(viewer, place, asked)

    for section in ("standings", "drawings"):
        found = {name for name in ("Anvil", "Vectors") if f">{name}</a>" in part(page, section)}
        assert found == names
    assert (
        '<span class="card-figure">1</span> <span class="card-label status status-FAILED"' in page
    )


def test_filters_that_nothing_fits_say_so(viewer: Client) -> None:
    place = judged(RegionFactory.create()).region

    assert "No model fits these filters." in shown(viewer, place, "?search=nothing")


def test_regions_are_compared_by_the_models_that_they_have_in_common(viewer: Client) -> None:
    here, there = RegionFactory.create_batch(2)
    common = AIModelFactory.create(name="Common")
    judged(here, common, latency_ms=100)
    judged(there, common, latency_ms=200)
    judged(here, AIModelFactory.create(name="Alone"), latency_ms=5)

    page = part(shown(viewer, here, f"?with={there.pk}&metric=latency_ms"), "comparison")

    assert "Over the 1 model that was judged in all of them." in page
    pairs = page.split("<h3>Model by model")[1]
    assert "Alone" not in pairs
    assert re.findall(r'best"><span title="the best">★</span> (\d+) ms', pairs) == ["100"]


def test_checks_that_came_to_other_points_are_told_by_their_title(viewer: Client) -> None:
    here, there = RegionFactory.create_batch(2)
    model = AIModelFactory.create()
    for place, points in ((here, 1.0), (there, 0.5)):
        test = {"id": "streaming", "status": "PASSED", "points": points, "latencyMs": 10}
        judged(place, model, test_results=[test])

    page = part(shown(viewer, here, f"?with={there.pk}"), "comparison")

    checks = page.split("<h3>Checks with different points")[1].split("<h3>")[0]
    assert "100%" in checks
    assert "50%" in checks
    assert '<th scope="row">streaming<' not in checks


def test_what_is_offered_and_was_never_certified_leads_to_the_form(operator: Client) -> None:
    place = RegionFactory.create()
    known = judged(place)
    ModelOfferFactory.create(model=known.model, region=place)
    missing = ModelOfferFactory.create(region=place)
    waiting = ModelOfferFactory.create(region=place)
    StandingFactory.create(model=waiting.model, region=place, status="QUEUED")

    never = part(shown(operator, place), "never")

    assert missing.model.name in never
    assert f"models={missing.model_id}&amp;regions={place.pk}" in never
    for model in (known.model, waiting.model):
        assert str(model.pk) not in never


def test_who_may_only_read_is_not_led_to_certifying(viewer: Client) -> None:
    place = judged(RegionFactory.create()).region
    ModelOfferFactory.create(region=place)

    assert "/admin/certify/?" not in shown(viewer, place)


def test_what_is_not_supported_is_not_proposed_to_be_certified_again(operator: Client) -> None:
    place = RegionFactory.create()
    passed = judged(place)
    unsupported = judged(place, verdict="UNSUPPORTED", passed=None)

    page = shown(operator, place)

    (address,) = re.findall(r'href="([^"]+)">Certify what is shown again', page)
    assert str(passed.model_id) in address
    assert str(unsupported.model_id) not in address


def test_a_region_that_is_switched_off_is_shown_and_certifies_nothing(operator: Client) -> None:
    place = RegionFactory.create(is_active=False)
    judged(place)
    ModelOfferFactory.create(region=place)

    page = shown(operator, place)

    assert "switched off" in page
    assert "/admin/certify/?" not in page


def test_an_empty_region_says_what_to_do_next(operator: Client) -> None:
    page = shown(operator, RegionFactory.create())

    assert "No model was certified in this region yet." in page
    assert 'href="/admin/certify/?regions=' in part(page, "standings")


def test_a_region_that_is_not_there_is_not_found(viewer: Client) -> None:
    assert viewer.get("/admin/regions/nowhere-1/").status_code == 404


def test_without_a_role_no_region_is_shown(without_a_role: Client) -> None:
    place = RegionFactory.create()

    assert without_a_role.get("/admin/regions/").status_code == 403
    assert without_a_role.get(f"/admin/regions/{place.pk}/").status_code == 403


def test_the_list_is_searched_by_code_and_name_and_leads_to_each(viewer: Client) -> None:
    place = judged(RegionFactory.create(name="Sunny place")).region
    other = RegionFactory.create(name="Elsewhere")

    page = viewer.get("/admin/regions/?search=sunny").content.decode()

    assert f'<a href="{place.pk}/">{place.pk}</a>' in page
    assert f'<a href="{place.pk}/?status=CERTIFIED#standings" title="Certified">1</a>' in page
    assert f'<a href="{other.pk}/">' not in page


def test_other_pages_lead_to_a_model_and_a_region(viewer: Client) -> None:
    standing = judged(RegionFactory.create())

    matrix = viewer.get("/admin/matrix/").content.decode()
    overview = viewer.get("/admin/").content.decode()

    assert f'href="../models/{standing.model_id}/"' in matrix
    assert f'href="../regions/{standing.region_id}/"' in matrix
    assert f'href="/admin/regions/{standing.region_id}/"' in overview


@pytest.mark.parametrize("compared", [False, True])
def test_the_number_of_queries_does_not_grow(compared: bool, viewer: Client) -> None:
    here, there = RegionFactory.create_batch(2)
    model = AIModelFactory.create()
    judged(here, model)
    judged(there, model)
    address = f"/admin/regions/{here.pk}/" + (f"?with={there.pk}" if compared else "")
    # Every page: session, user, rights (2). The region; the others; standings; models and offers
    # that were never certified; and the comparison.
    expected = 4 + 5 + compared
    few = queries_of(lambda: viewer.get(address))
    for one in AIModelFactory.create_batch(5):
        for region in (here, there, RegionFactory.create()):
            judged(region, one)
            ModelOfferFactory.create(region=region)

    assert (few, queries_of(lambda: viewer.get(address))) == (expected, expected)


def test_the_list_asks_as_many_queries_for_more_regions(viewer: Client) -> None:
    for place in RegionFactory.create_batch(4):
        judged(place)

    # Session, user, rights (2); regions, standings.
    assert queries_of(lambda: viewer.get("/admin/regions/")) == 6
