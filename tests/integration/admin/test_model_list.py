"""The list of models: counted by verdict, sorted and narrowed."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.factories.registry import (
    AIModelFactory,
    ModelOfferFactory,
    RegionFactory,
)
from tests.integration.admin.conftest import queries_of
from tests.integration.admin.html import without_layout

from .judged import judged

pytestmark = pytest.mark.django_db

pytestmark = pytest.mark.django_db


def test_the_list_counts_by_verdict_and_leads_to_what_it_counts(viewer: Client) -> None:
    model = AIModelFactory.create()
    judged(model, score=90.0, latency_ms=100)
    judged(model, score=70.0, latency_ms=300, verdict="FAILED", passed=False)

    page = viewer.get("/admin/models/").content.decode()

    assert f'<a href="{model.pk}/?status=FAILED#standings" title="Failed">1</a>' in page
    assert "80.0" in page
    assert "100 ms" in page


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("", ["Anvil", "Vectors"]),
        ("?sort=score", ["Vectors", "Anvil"]),
        ("?sort=latency", ["Anvil", "Vectors"]),
        ("?search=vec", ["Vectors"]),
        ("?vendor=Acme", ["Anvil"]),
        ("?kind=EMBEDDING", ["Vectors"]),
    ],
)
def test_the_list_is_sorted_and_narrowed(asked: str, names: list[str], viewer: Client) -> None:
    judged(AIModelFactory.create(name="Anvil", vendor="Acme"), score=50.0, latency_ms=10)
    judged(AIModelFactory.create(name="Vectors", kind="EMBEDDING"), score=60.0, latency_ms=20)

    page = without_layout(viewer.get(f"/admin/models/{asked}").content)

    assert re.findall(r'<th scope="row"><a href="[^"]+">(\w+)</a>', page) == names


def test_a_list_that_nothing_fits_offers_the_way_back(viewer: Client) -> None:
    page = viewer.get("/admin/models/?search=nothing").content.decode()

    assert "No model fits these filters." in page
    assert 'href="/admin/models/">Show all' in page


@pytest.mark.parametrize("compared", [False, True])
def test_the_number_of_queries_does_not_grow(compared: bool, viewer: Client) -> None:
    model, other = AIModelFactory.create_batch(2)
    place = RegionFactory.create()
    judged(model, place)
    judged(other, place)
    address = f"/admin/models/{model.pk}/" + (f"?with={other.pk}" if compared else "")
    # Every page: session, user, rights (2). Models; standings; where histories start, and they;
    # offers with their regions; and the comparison.
    expected = 4 + 5 + compared
    few = queries_of(lambda: viewer.get(address))
    for region in RegionFactory.create_batch(5):
        ModelOfferFactory.create(model=model)
        for one in (model, other, AIModelFactory.create()):
            judged(one, region)

    assert (few, queries_of(lambda: viewer.get(address))) == (expected, expected)


def test_the_list_asks_as_many_queries_for_more_models(viewer: Client) -> None:
    for model in AIModelFactory.create_batch(4):
        judged(model)

    # Session, user, rights (2); models, standings, vendors.
    assert queries_of(lambda: viewer.get("/admin/models/")) == 7
