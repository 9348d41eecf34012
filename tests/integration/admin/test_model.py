from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from models_registry.models import AIModel
from tests.factories.certification import PairFactory
from tests.factories.registry import (
    AIModelFactory,
    ModelOfferFactory,
    ProviderFactory,
    RegionFactory,
)
from tests.integration.admin.html import without_layout

from .judged import judged

pytestmark = pytest.mark.django_db


def shown(client: Client, model: AIModel, asked: str = "") -> str:
    answer = client.get(f"/admin/models/{model.pk}/{asked}")
    assert answer.status_code == 200
    return without_layout(answer.content)


def part(page: str, id: str) -> str:
    """The section of that id."""
    return page.split(f'id="{id}"')[1].split("</section>")[0]


def best_in(page: str) -> list[str]:
    found = re.findall(r'<td class="number best">.*?</td>', page, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).replace("★", "").split()[0] for cell in found]


def test_a_model_shows_what_the_catalogue_says_of_it(viewer: Client) -> None:
    model = AIModelFactory.create(
        name="Anvil",
        vendor="Acme",
        lifecycle="LEGACY",
        end_of_life_at=datetime(2027, 1, 8, tzinfo=UTC),
        geo_price_factor=Decimal("1.1"),
        cache_read_price=Decimal("0.05"),
        source="a listing of AWS\na price list",
        checked_on=date(2026, 11, 28),
    )

    page = shown(viewer, model)

    for text in (
        "Anvil",
        "Acme",
        model.api_model_id,
        "legacy",
        "128,000 tokens",
        "US$&nbsp;0.5000 / US$&nbsp;1.5",
        "1.1000 times as much",
        "US$&nbsp;0.0500 / –",
        "01/08/2027",
        "11/28/2026",
        "a listing of AWS<br>a price list",
    ):
        assert text in page


@pytest.mark.parametrize("hour", [0, 12, 23])
def test_a_standing_shows_its_figures_and_leads_to_its_record(
    hour: int, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.localtime().replace(hour=hour)
    # The clock of this screen only: by everybody's, the viewer's session might have ended.
    monkeypatch.setattr(
        "certification.admin.screens.model.timezone", SimpleNamespace(now=lambda: now)
    )
    standing = judged(
        AIModelFactory.create(),
        grade="A",
        latency_ms=321,
        ttft_ms=45,
        tokens_per_second=67.8,
        cost="0.000123",
        stale_reason="THROTTLED",
        completed_at=now - timedelta(days=3),
    )

    table = part(shown(viewer, standing.model), "standings")

    for text in ("91.0", "321 ms", "45 ms", "67.8", "US$&nbsp;0.000123", "3 days ago", "Throttled"):
        assert text in table
    assert f"certifications/{standing.certification_id}/" in table
    assert f"regions/{standing.region_id}/" in table


def test_a_pair_that_runs_shows_its_verdict_and_that_it_runs(viewer: Client) -> None:
    standing = judged(AIModelFactory.create(), status="PROCESSING")

    table = part(shown(viewer, standing.model), "standings")

    assert "status-CERTIFIED" in table
    assert "status-PROCESSING" in table


def test_the_cards_count_and_lead_to_what_they_count(viewer: Client) -> None:
    model = AIModelFactory.create()
    for _ in range(2):
        judged(model, verdict="FAILED", passed=False)
    certified = judged(model)

    page = shown(viewer, model)

    assert re.search(r'\?status=FAILED#standings"><span class="card-figure">2<', page)
    filtered = part(shown(viewer, model, "?status=CERTIFIED"), "standings")
    assert "1 of 3 regions" in filtered
    assert filtered.count("<tr>") == 2
    assert certified.region_id in filtered


def test_an_ability_that_is_not_as_declared_is_marked_where_it_was_seen(viewer: Client) -> None:
    model = AIModelFactory.create(capabilities={"tools": True, "streaming": True})
    drifting = judged(model, proved={"tools": False, "streaming": True, "reasoning": True})
    judged(model, proved={"tools": True})

    page = " ".join(part(shown(viewer, model), "capabilities").split())

    assert f"it was seen missing in {drifting.region_id}</li>" in page
    assert page.count("≠ ✗") == 1
    assert page.count(">differs<") == 1


def test_bars_stand_in_order_and_leave_out_what_was_not_judged(viewer: Client) -> None:
    model = AIModelFactory.create()
    slow = judged(model, score=80.0, latency_ms=900)
    quick = judged(model, score=60.0, latency_ms=90, verdict="FAILED", passed=False)
    unsupported = judged(model, score=None, verdict="UNSUPPORTED", passed=None)

    scores, latencies = part(shown(viewer, model), "drawings").split("<ol")[1:]

    assert scores.index(slow.region_id) < scores.index(quick.region_id)
    assert latencies.index(quick.region_id) < latencies.index(slow.region_id)
    assert unsupported.region_id not in scores + latencies
    assert 'width="80.0"' in scores
    assert 'width="10.0"' in latencies


def test_the_last_scores_of_a_region_are_drawn_and_told(viewer: Client) -> None:
    standing = judged(AIModelFactory.create(), score=90.0)
    for days, score, suite in ((1, 70.0, ""), (2, 55.5, "older")):
        PairFactory.create(
            model=standing.model,
            region=standing.region,
            status="PASSED",
            passed=True,
            score=score,
            suite_version=suite,
            completed_at=timezone.now() - timedelta(days=days),
        )

    history = part(shown(viewer, standing.model), "history")

    assert "55.5, 70.0, 90.0" in history
    assert "▲ +20.0" in history
    assert history.count("scores-other-suite") == 1
    assert history.count("<circle") == 3


def test_the_best_of_those_compared_has_a_sign_and_only_a_pass_can_be_it(viewer: Client) -> None:
    place = RegionFactory.create()
    steady = judged(AIModelFactory.create(), place, 90.0, latency_ms=300)
    slow = judged(AIModelFactory.create(), place, 80.0, latency_ms=500)
    broken = judged(
        AIModelFactory.create(), place, 10.0, latency_ms=5, verdict="FAILED", passed=False
    )
    others = f"?with={slow.model_id}&with={broken.model_id}"

    by_score = shown(viewer, steady.model, others)
    by_latency = shown(viewer, steady.model, f"{others}&metric=latency_ms")

    assert best_in(by_score.split("Region by region")[1]) == ["90.0"]
    assert best_in(by_latency.split("Region by region")[1]) == ["300"]


def test_latency_is_the_same_on_the_whole_and_region_by_region(viewer: Client) -> None:
    place = RegionFactory.create()
    # A check's time is the sum of its calls.
    check = {"id": "tools", "status": "PASSED", "points": 1.0, "latencyMs": 1500}
    one, other = (
        judged(model, place, latency_ms=latency, test_results=[check])
        for model, latency in zip(AIModelFactory.create_batch(2), (400, 500), strict=True)
    )

    page = shown(viewer, one.model, f"?with={other.model_id}&metric=latency_ms")

    whole, pairs = part(page, "comparison").split("Region by region")
    assert "400 ms" in whole
    assert "500 ms" in whole
    assert "400 ms" in pairs
    assert "1500 ms" not in whole


def test_a_score_reads_alike_in_the_table_and_beside_its_bar(viewer: Client) -> None:
    page = shown(viewer, judged(AIModelFactory.create(), score=66.67).model)

    assert "66.7" in part(page, "standings")
    assert "66.7" in part(page, "drawings")
    assert "66.6" not in page


def test_the_whole_is_compared_over_the_regions_that_all_were_judged_in(viewer: Client) -> None:
    here, there = RegionFactory.create_batch(2)
    one, other = AIModelFactory.create_batch(2)
    judged(one, here, 90.0)
    judged(one, there, 10.0)
    judged(other, here, 80.0)

    page = part(shown(viewer, one, f"?with={other.pk}"), "comparison")

    assert "Over the 1 region in which all of them were judged." in page
    assert best_in(page.split("Region by region")[0]) == ["90.0"]


def test_models_that_were_never_judged_together_say_so(viewer: Client) -> None:
    one, other = judged(AIModelFactory.create()), judged(AIModelFactory.create())

    page = shown(viewer, one.model, f"?with={other.model_id}")

    assert "There is no region in which all of them were judged." in page


@pytest.mark.parametrize("asked", ["?with=nonsense", "?with=", "?metric=nonsense", "?status=no"])
def test_an_address_that_asks_for_what_there_is_not_gives_a_page(
    asked: str, viewer: Client
) -> None:
    shown(viewer, judged(AIModelFactory.create()).model, asked)


def test_no_more_than_three_others_are_compared(viewer: Client) -> None:
    models = AIModelFactory.create_batch(6)
    place = RegionFactory.create()
    for model in models:
        judged(model, place)
    asked = "&".join(f"with={model.pk}" for model in models)

    page = shown(viewer, models[0], f"?{asked}")

    assert page.split("Region by region")[1].count('<th scope="col" class="number">') == 4


def test_others_are_offered_by_their_kind(viewer: Client) -> None:
    model = AIModelFactory.create()
    AIModelFactory.create(name="Alike")
    AIModelFactory.create(name="Unlike", kind="EMBEDDING")

    page = shown(viewer, model)

    same, other = page.index('label="Same kind"'), page.index('label="Other kinds"')
    assert same < page.index(">Alike · ") < other < page.index(">Unlike · ")


def test_where_it_is_offered_and_never_was_certified_is_listed(operator: Client) -> None:
    model = AIModelFactory.create()
    missing = ModelOfferFactory.create(model=model)
    known = judged(model)
    ModelOfferFactory.create(model=model, region=known.region)

    page = shown(operator, model)

    never = part(page, "never")
    assert missing.region_id in never
    assert known.region_id not in never
    assert f"/admin/certify/?models={model.pk}&amp;regions={missing.region_id}" in never


def test_certifying_from_the_page_opens_the_form_as_it_was_shown(operator: Client) -> None:
    model = AIModelFactory.create()
    failed = judged(model, verdict="FAILED", passed=False)
    judged(model)
    page = shown(operator, model, "?status=FAILED")

    (address,) = re.findall(r'href="([^"]+)">Certify what is shown again', page)
    form = operator.get(address.replace("&amp;", "&")).content.decode()

    assert f'name="models" value="{model.pk}" checked' in form
    assert re.findall(r'name="regions" value="([^"]+)" checked', form) == [failed.region_id]


def test_who_may_only_read_is_not_led_to_certifying(viewer: Client) -> None:
    model = judged(AIModelFactory.create()).model
    ModelOfferFactory.create(model=model)

    assert "/admin/certify/?" not in shown(viewer, model)


def test_a_model_that_cannot_be_certified_says_why(operator: Client) -> None:
    model = AIModelFactory.create(provider=ProviderFactory.create(id="other"))

    page = shown(operator, model)

    assert "Other cannot be called yet" in page
    assert "/admin/certify/?" not in page
    assert "was not certified anywhere yet" in page


def test_a_name_is_text_whatever_it_holds(viewer: Client) -> None:
    name = "<script>alert(1)</script>"
    one, other = AIModelFactory.create_batch(2, name=name, vendor=name)
    place = RegionFactory.create()
    for model in (one, other):
        judged(model, place, latency_ms=5, proved={name: True})

    pages = [
        shown(viewer, one, f"?with={other.pk}"),
        viewer.get("/admin/models/").content.decode(),
        viewer.get(f"/admin/regions/{place.pk}/").content.decode(),
    ]

    for page in pages:
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_a_model_that_is_not_there_is_not_found(viewer: Client) -> None:
    nowhere = "/admin/models/00000000-0000-0000-0000-000000000000/"

    assert viewer.get(nowhere).status_code == 404


def test_without_a_role_no_model_is_shown(without_a_role: Client) -> None:
    model = AIModelFactory.create()

    assert without_a_role.get("/admin/models/").status_code == 403
    assert without_a_role.get(f"/admin/models/{model.pk}/").status_code == 403
