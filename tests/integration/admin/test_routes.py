"""Routes and dead abilities on the staff's screens: what lists are narrowed by, and what cells,
records and models say of them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from django.test import Client
from pytest_django import Settings

from certification.models import CertificationJob, JobCertification, ModelCertification
from certification.states import RouteKind
from models_registry.models import AIModel
from tests.factories.certification import JobFactory, PairFactory, StandingFactory
from tests.factories.registry import AIModelFactory, ModelOfferFactory, RegionFactory
from tests.integration.admin.conftest import queries_of
from tests.integration.admin.html import without_layout

from .judged import judged

pytestmark = pytest.mark.django_db


def page_of(client: Client, path: str) -> str:
    answer = client.get(f"/admin/{path}")
    assert answer.status_code == 200, answer.content
    return without_layout(answer.content)


def judged_over_each_kind(model: AIModel | None = None) -> dict[str, ModelCertification]:
    """Standings of one model, by the kind of the route that was judged."""
    one = model or AIModelFactory.create()
    return {
        kind: judged(one, RegionFactory.create(), route_kind=kind, route_id=f"id-{kind}")
        for kind in RouteKind.values
    }


@pytest.mark.parametrize("kind", RouteKind.values)
def test_the_standings_of_a_model_are_narrowed_by_the_kind_of_route(
    kind: str, viewer: Client
) -> None:
    by_kind = judged_over_each_kind()
    model = by_kind[kind].model_id

    table = page_of(viewer, f"models/{model}/?route={kind}").split('id="standings"')[1]

    assert "1 of 3 regions" in table
    assert f"certifications/{by_kind[kind].certification_id}/" in table


def test_the_standings_of_a_region_are_narrowed_by_the_kind_of_route(viewer: Client) -> None:
    place = RegionFactory.create()
    for kind in RouteKind.values:
        judged(AIModelFactory.create(), place, route_kind=kind)

    assert "1 of 3 models" in page_of(viewer, f"regions/{place.pk}/?route=GEO")
    assert "0 of 3 models" in page_of(viewer, f"regions/{place.pk}/?route=MOON")


def test_the_matrix_fades_what_was_judged_over_other_kinds(viewer: Client) -> None:
    judged_over_each_kind(AIModelFactory.create(name="Anvil"))
    judged(AIModelFactory.create(name="Chisel"), route_kind="IN_REGION")

    page = page_of(viewer, "matrix/?route=GLOBAL")

    assert "<span>Anvil</span>" in page
    assert "<span>Chisel</span>" not in page
    assert "1 pair found" in page
    assert page.count('<td class="p o">') == 2


def test_the_pairs_of_a_job_and_their_export_are_narrowed_alike(viewer: Client) -> None:
    job = JobFactory.create()
    for kind in RouteKind.values:
        PairFactory.create(job=job, route_kind=kind, region__id=f"xx-{kind.lower()[:3]}-1")

    page = page_of(viewer, f"jobs/{job.pk}/?pair_route=GEO")
    (address,) = set(re.findall(r'href="([^"]+/export/csv/[^"]*)"', page))
    answer = viewer.get(address.replace("&amp;", "&"))

    rows = b"".join(answer.streaming_content).decode()
    assert "Export what is filtered:" in page
    for text in (page.split("<tbody>")[1], rows):
        assert "xx-geo-1" in text
        assert "xx-glo-1" not in text
    whole = b"".join(viewer.get(f"/admin/jobs/{job.pk}/export/csv/").streaming_content).decode()
    assert "xx-glo-1" in whole


@pytest.mark.parametrize(("table", "number"), [("jobcertification", 3), ("modelcertification", 1)])
def test_tables_are_narrowed_by_the_kind_of_route(table: str, number: int, viewer: Client) -> None:
    judged_over_each_kind()
    JobCertification.objects.update(route_kind="GEO")

    page = page_of(viewer, f"certification/{table}/?route_kind__exact=GEO")

    assert re.search(rf"\b{number} (job|model) certification", page)


@pytest.mark.parametrize(
    ("kind", "sign", "label"),
    [
        ("GEO", "⊙", "not in the region: over a geographic profile"),
        ("GLOBAL", "⊕", "only over a global profile"),
    ],
)
def test_a_pass_that_the_region_itself_does_not_give_is_marked_everywhere(
    kind: str, sign: str, label: str, viewer: Client
) -> None:
    standing = judged(AIModelFactory.create(), route_kind=kind)
    pair = standing.certification
    JobCertification.objects.update(route_kind=kind)

    cell = page_of(viewer, "matrix/").split("<tbody>")[1]

    assert f'role="img" aria-label="{label}">{sign}</i></a>' in cell
    assert f'title="certified · {label} · today"' in cell
    assert f"<span>{sign} {label}</span>" in page_of(viewer, "matrix/")
    for path in (
        f"models/{standing.model_id}/",
        f"regions/{standing.region_id}/",
        f"certifications/{pair.pk}/",
        f"jobs/{pair.job_id}/",
    ):
        assert f"{sign}</span> {label}" in page_of(viewer, path), path


@pytest.mark.parametrize(("kind", "passed"), [("IN_REGION", True), ("GLOBAL", False), ("", True)])
def test_what_passes_in_the_region_or_not_at_all_has_no_mark_of_a_route(
    kind: str, passed: bool, viewer: Client
) -> None:
    standing = judged(AIModelFactory.create(), route_kind=kind, passed=passed)
    JobCertification.objects.update(route_kind=kind, passed=passed)

    for path in ("matrix/", f"models/{standing.model_id}/"):
        table = page_of(viewer, path).split("<tbody>")[1]
        assert "⊙" not in table, path
        assert "⊕" not in table, path


def result(id: str, kind: str, outcome: str, category: str | None = None) -> dict[str, object]:
    return {
        "id": id, "kind": kind, "outcome": outcome, "category": category,
        "message": "", "latencyMs": 40,
    }  # fmt: skip


def lines_of(client: Client, model: AIModel) -> dict[str, str]:
    """The text of each region's line in the table of routes, by region."""
    body = page_of(client, f"models/{model.pk}/").split('id="routes"')[1].split("</section>")[0]
    texts = [
        " ".join(re.sub(r"<[^>]+>", " ", line).split())
        for line in body.split("<tbody")[1].partition(">")[2].split("</tr>")[:-1]
    ]
    return {text.partition(" ")[0]: text for text in texts}


def test_a_model_shows_what_came_of_every_listed_route(viewer: Client) -> None:
    model = AIModelFactory.create(api_model_id="v.m", checked_on=date(2026, 11, 28))
    place = RegionFactory.create()
    ModelOfferFactory.create(
        model=model, region=place, inference_types=["ON_DEMAND", "EU", "GLOBAL"]
    )
    judged(
        model,
        place,
        route_kind="GEO",
        route_id="eu.v.m",
        routes=[
            result("v.m", "IN_REGION", "REFUSED", "NEEDS_PROFILE"),
            result("eu.v.m", "GEO", "WORKS"),
            result("global.v.m", "GLOBAL", "NOT_PROBED", "THROTTLED"),
        ],
    )

    (line,) = lines_of(viewer, model).values()

    page = page_of(viewer, f"models/{model.pk}/")
    assert all(f"{label}: 1</span>" in page for label in ("works", "refused", "not probed"))
    assert line == (
        f"{place.pk} refused Needs an inference profile eu. works checks ran "
        f"global. not probed Throttled today {place.pk} catalogue , 11/28/2026"
    )


def test_what_aws_lists_says_since_when(viewer: Client) -> None:
    model = AIModelFactory.create()
    place = RegionFactory.create(synced_at=datetime(2026, 11, 20, 12, tzinfo=UTC))
    ModelOfferFactory.create(model=model, region=place)

    assert lines_of(viewer, model)[place.pk].endswith("AWS , 11/20/2026")


def test_a_route_that_was_called_and_is_not_listed_is_shown_too(viewer: Client) -> None:
    model = AIModelFactory.create()
    standing = judged(model, route_kind="GLOBAL", routes=[result("global.x", "GLOBAL", "WORKS")])

    assert "global. works not listed" in lines_of(viewer, model)[standing.region_id]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({}, "never certified"),
        ({"model__is_active": False}, "the model cannot be certified"),
        ({"model__kind": "SPEECH"}, "the model cannot be certified"),
        ({"region__is_active": False}, "the region is switched off"),
        ({"end_of_life_at": datetime(2026, 1, 1, tzinfo=UTC)}, "past its end of life"),
        ({"inference_types": ["GLOBAL"]}, "not allowed in this deployment"),
    ],
)
def test_a_route_that_was_not_judged_says_why(
    more: dict[str, object], reason: str, viewer: Client, settings: Settings
) -> None:
    settings.ALLOWED_ROUTES = ["IN_REGION", "GEO"]
    offer = ModelOfferFactory.create(**more)

    assert f"not judged {reason}" in lines_of(viewer, offer.model)[offer.region_id]


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        ("QUEUED", "", "being certified"),
        ("CERTIFIED", "CERTIFIED", "not in the last certification"),
    ],
)
def test_a_route_that_a_certification_left_out_says_so(
    status: str, verdict: str, reason: str, viewer: Client
) -> None:
    offer = ModelOfferFactory.create(inference_types=["EU"])
    StandingFactory.create(model=offer.model, region=offer.region, status=status, verdict=verdict)

    assert f"not judged {reason}" in lines_of(viewer, offer.model)[offer.region_id]


def test_a_route_that_could_not_be_probed_says_why(viewer: Client) -> None:
    silent = [result("eu.m", "GEO", "NOT_PROBED", "THROTTLED"), result("g", "GLOBAL", "NOT_PROBED")]
    costly = [result("eu.m", "GEO", "WORKS"), result("g", "GLOBAL", "NOT_PROBED")]

    for routes, reason in (
        (silent, "the route before it gave no answer"),
        (costly, "a probe would cost as much as the checks"),
    ):
        standing = judged(AIModelFactory.create(), routes=routes)
        JobCertification.objects.filter(pk=standing.certification_id).update(routes=routes)
        assert reason in page_of(viewer, f"models/{standing.model_id}/")
        assert reason in page_of(viewer, f"certifications/{standing.certification_id}/")


@pytest.mark.parametrize(
    ("outcome", "category", "part"),
    [
        ("WORKS", None, "the checks ran over this one"),
        ("REFUSED", "POLICY", "this refusal is the result"),
        ("NOT_PROBED", "THROTTLED", "the checks got no answer over this one"),
    ],
)
def test_a_record_says_what_its_route_has_to_do_with_the_result(
    outcome: str, category: str | None, part: str, viewer: Client
) -> None:
    pair = PairFactory.create(route_id="eu.m", routes=[result("eu.m", "GEO", outcome, category)])

    page = page_of(viewer, f"certifications/{pair.pk}/")

    parts = ("the checks ran over", "this refusal is", "the checks got no answer")
    assert [one for one in parts if one in page] == [one for one in parts if part.startswith(one)]


def test_the_routes_of_a_model_cost_no_query_a_region(viewer: Client) -> None:
    model = AIModelFactory.create()

    def with_regions(number: int) -> int:
        for _ in range(number):
            offer = ModelOfferFactory.create(model=model)
            judged(model, offer.region, routes=[result("m", "IN_REGION", "WORKS")])
        return queries_of(lambda: page_of(viewer, f"models/{model.pk}/"))

    assert with_regions(1) == with_regions(5)


def test_a_dead_ability_is_named_beside_the_verdict(viewer: Client) -> None:
    standing = judged(AIModelFactory.create(), verdict="QUALITY_WARNING", dead=["tools"])
    pair = standing.certification
    JobCertification.objects.update(dead=["tools"])

    for path in (
        f"models/{standing.model_id}/",
        f"regions/{standing.region_id}/",
        f"jobs/{pair.job_id}/",
    ):
        assert "Declared, but dead: tools" in page_of(viewer, path), path


def test_certifying_again_uses_the_routes_of_the_record(operator: Client) -> None:
    offer = ModelOfferFactory.create(inference_types=["EU", "GLOBAL"])
    job = JobFactory.create(config={"routes": ["GEO"], "checks": ["needle"]})
    pair = PairFactory.create(job=job, model=offer.model, region=offer.region)

    operator.post(f"/admin/certifications/{pair.pk}/again/")

    assert CertificationJob.objects.exclude(pk=job.pk).get().config == {"routes": ["GEO"]}
