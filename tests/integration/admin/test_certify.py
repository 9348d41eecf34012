from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from certification.models import CertificationJob, JobCertification
from models_registry import queries as registry
from models_registry.models import ModelOffer
from tests.factories.certification import StandingFactory, WorkerFactory, offered
from tests.factories.registry import (
    AIModelFactory,
    ModelOfferFactory,
    ProviderFactory,
    RegionFactory,
)
from tests.integration.admin.conftest import queries_of
from tests.integration.admin.html import without_layout

pytestmark = pytest.mark.django_db
START = "/admin/certify/start/"


def uuids(identifiers: list[str]) -> list[str]:
    return [str(registry.find_models([one])[one].pk) for one in identifiers]


def preview(client: Client, **asked: Any) -> str:
    return without_layout(client.get("/admin/certify/", {**asked, "preview": "1"}).content)


def fact(page: str, name: str) -> str:
    found = re.search(rf"<dt>{name}</dt><dd>(.*?)</dd>", page, re.DOTALL)
    assert found, name
    return re.sub("<[^>]*>", "", found[1]).strip()


def pressed_start(client: Client, page: str) -> Any:
    """Sends what the preview's own form holds."""
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return client.post(START, dict(fields))


def test_the_form_has_the_models_by_vendor_and_the_regions_by_name(operator: Client) -> None:
    offered()

    page = operator.get("/admin/certify/").content.decode()

    assert "<legend>Vendor</legend>" in page
    assert "<legend>United States</legend>" in page
    assert "US Test (" in page


def test_the_preview_says_what_will_happen(operator: Client) -> None:
    offered(models=2, regions=1)
    elsewhere = RegionFactory.create()
    regions = [region.pk for region in registry.active_regions()]
    AIModelFactory.create(name="Elsewhere", provider=ProviderFactory.create(id="openai"))

    page = preview(operator, scope="all", regions=regions)

    assert fact(page, "Pairs") == "4"
    assert fact(page, "Called") == "2"
    assert "1 model is skipped" in page
    assert elsewhere.pk in page
    assert not CertificationJob.objects.exists()


def test_what_was_never_certified_has_no_price_and_no_time(operator: Client) -> None:
    models, regions = offered()

    page = preview(operator, scope="some", models=uuids(models), regions=regions)

    assert fact(page, "Cost, by past certifications and known prices") == "unknown"
    assert "No worker is alive" in page


def test_the_past_of_its_kind_tells_what_a_model_will_take(operator: Client) -> None:
    models, regions = offered()
    StandingFactory.create(
        passed=True,
        verdict="CERTIFIED",
        duration_ms=30_000,
        input_tokens=1_000_000,
        output_tokens=1_000_000,
        simulated=True,
    )
    WorkerFactory.create()

    page = preview(operator, scope="some", models=uuids(models), regions=regions)

    assert fact(page, "Cost, by past certifications and known prices") == "≈ US$&nbsp;2.00"
    assert "≈ 30 s" in page
    assert "rests on simulated results" in page


def test_the_price_of_the_needle_is_told_before_anything_was_ever_certified(
    operator: Client,
) -> None:
    model = AIModelFactory.create(context_window=1_000_000, input_price=5)
    regions = [ModelOfferFactory.create(model=model).region_id]
    asked = {"scope": "some", "models": [model.pk], "regions": regions}

    assert "only on request" not in preview(operator, **asked)
    page = preview(operator, **asked, needle="1")

    # 800,000 tokens at 5 USD a million.
    assert fact(page, "Checks that run only on request cost") == "≈ US$&nbsp;4.00"
    assert fact(page, "Cost, by past certifications and known prices") == "unknown"


def test_start_opens_what_the_preview_showed(operator: Client) -> None:
    models, regions = offered(models=2)
    page = preview(operator, scope="some", models=uuids(models)[:1], regions=regions)

    answer = pressed_start(operator, page)

    job = CertificationJob.objects.get()
    assert answer["Location"] == f"/admin/jobs/{job.pk}/"
    assert (job.type, job.model_ids, job.regions) == ("SINGLE_MODEL", uuids(models)[:1], regions)


def test_all_models_and_the_options_reach_the_job(operator: Client) -> None:
    _models, regions = offered(models=2)
    page = preview(operator, scope="all", regions=regions, needle="1", probe_unoffered="1")

    pressed_start(operator, page)

    job = CertificationJob.objects.get()
    assert (job.type, job.total_models) == ("ALL_MODELS", 2)
    assert job.config == {"probeUnoffered": True, "checks": ["needle"]}


def test_the_ticked_routes_reach_the_job(operator: Client) -> None:
    models, regions = offered()
    ModelOffer.objects.update(inference_types=["ON_DEMAND", "EU", "GLOBAL"])
    asked = {"scope": "some", "models": uuids(models), "regions": regions}
    form = operator.get("/admin/certify/", {**asked, "routes": ["GEO", "GLOBAL"]}).content.decode()

    pressed_start(operator, preview(operator, **asked, routes=["GEO", "GLOBAL"]))

    assert re.findall(r'name="routes" value="(\w+)"( checked)?', form)[:3] == [
        ("IN_REGION", ""),
        ("GEO", " checked"),
        ("GLOBAL", " checked"),
    ]
    assert CertificationJob.objects.get().config == {"routes": ["GEO", "GLOBAL"]}


def test_only_routes_that_the_deployment_allows_can_be_ticked(
    operator: Client, settings: Settings
) -> None:
    offered()

    for allowed, boxes in ((["IN_REGION", "GEO"], ["IN_REGION", "GEO"]), (["GEO"], [])):
        settings.ALLOWED_ROUTES = allowed
        page = operator.get("/admin/certify/").content.decode()
        assert re.findall(r'name="routes" value="(\w+)"', page) == boxes


def test_the_preview_says_what_no_allowed_route_reaches(operator: Client) -> None:
    models, regions = offered(models=2)
    ModelOffer.objects.filter(model__api_model_id=models[0]).update(inference_types=["GLOBAL"])

    page = preview(operator, scope="all", regions=regions, routes=["IN_REGION"])

    assert (fact(page, "Pairs"), fact(page, "Called")) == ("2", "1")
    assert regions[0] in page.split("What no allowed route reaches, and where")[1]


def test_a_kind_of_route_that_there_is_not_is_not_taken_for_all_of_them(operator: Client) -> None:
    _models, regions = offered()

    shown = operator.get("/admin/certify/", {"scope": "all", "regions": regions, "routes": "MOON"})
    started = operator.post(
        START, {"scope": "all", "regions": " ".join(regions), "routes": "GEO MOON"}
    )

    assert (shown.status_code, started.status_code) == (404, 404)
    assert not CertificationJob.objects.exists()


def test_a_preview_of_nothing_says_what_is_missing(operator: Client) -> None:
    offered()

    page = preview(operator, scope="all")

    assert "No region is given." in page
    assert "<form" not in page


def test_a_refused_start_is_told_and_opens_nothing(operator: Client) -> None:
    answer = operator.post(START, {"scope": "some", "models": "nobody", "regions": ""}, follow=True)

    assert "No region is given." in answer.content.decode()
    assert not CertificationJob.objects.exists()


def test_ticked_rows_of_the_matrix_fill_the_form(operator: Client) -> None:
    models, regions = offered(models=2, regions=2)

    answer = operator.post(
        "/admin/certify/",
        {"models": uuids(models)[:1], "shown_regions": " ".join(regions), "pairs": ""},
        follow=True,
    )

    page = answer.content.decode()
    assert fact(page, "Pairs") == "2"
    assert page.count(" checked") == 4  # the choice of models, one model, two regions


def test_single_cells_of_the_matrix_are_certified_as_they_are(operator: Client) -> None:
    models, regions = offered(models=2, regions=2)
    first, second = uuids(models)
    cells = f"{first}/{regions[0]} {second}/{regions[1]}"

    page = operator.post("/admin/certify/", {"pairs": cells}).content.decode()
    pressed_start(operator, page)

    assert fact(page, "Pairs") == "2"
    assert CertificationJob.objects.get().type == "RECERTIFY"
    assert {f"{pair.model_id}/{pair.region_id}" for pair in JobCertification.objects.all()} == set(
        cells.split()
    )


def test_a_post_without_ticks_leads_back_to_the_matrix(operator: Client) -> None:
    answer = operator.post("/admin/certify/", {"pairs": ""}, follow=True)

    assert "Nothing was ticked." in answer.content.decode()


@pytest.mark.parametrize("path", ["/admin/certify/", START])
def test_a_viewer_may_not_certify(path: str, viewer: Client) -> None:
    assert viewer.get(path).status_code == 403
    assert viewer.post(path).status_code == 403


def test_nothing_is_started_by_a_link(operator: Client) -> None:
    assert operator.get(START)["Location"] == "/admin/certify/"
    assert not CertificationJob.objects.exists()


def queries(client: Client, **asked: Any) -> int:
    return queries_of(lambda: preview(client, **asked))


def test_the_number_of_queries_does_not_grow_with_what_is_chosen(operator: Client) -> None:
    _models, regions = offered()
    few = queries(operator, scope="all", regions=regions)
    _more, others = offered(models=4, regions=3)

    assert queries(operator, scope="all", regions=[*regions, *others]) == few
