"""Routes on the staff's screens: what lists are narrowed by, and what cells, records and models
say of them."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from certification.models import JobCertification, ModelCertification
from certification.states import RouteKind
from models_registry.models import AIModel
from tests.factories.certification import JobFactory, PairFactory
from tests.factories.registry import AIModelFactory, RegionFactory
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
