"""Regions that list less than there is, or without end: nothing changes."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from certification.accounts.audit import COMMAND_LINE
from certification.models import AuditEntry
from certification.registry import sync
from models_registry import aws
from models_registry.aws import plausibility, reading
from models_registry.models import AwsLook, ModelOffer
from tests.factories.registry import AIModelFactory, ModelOfferFactory, RegionFactory

pytestmark = pytest.mark.django_db
MODELS = [f"vendor.model-{number}" for number in range(20)]
Pages = Iterable[dict[str, Any]]


class Region:
    """A control plane that lists these models on demand, and these pages of profiles."""

    def __init__(self, models: Any, pages: Callable[[], Pages]) -> None:
        self._models, self._pages = models, pages

    def list_foundation_models(self) -> Any:
        return self._models

    def get_paginator(self, _name: str) -> Any:
        return self

    def paginate(self, **_asked: Any) -> Pages:
        return self._pages()


def models(names: Iterable[str]) -> dict[str, Any]:
    return {
        "modelSummaries": [
            {"modelId": name, "inferenceTypesSupported": ["ON_DEMAND"]} for name in names
        ]
    }


def profiles(names: Iterable[str]) -> dict[str, Any]:
    return {"inferenceProfileSummaries": [{"inferenceProfileId": f"us.{name}"} for name in names]}


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A region with 20 models, half of them by a profile too; returns what makes it list others."""
    region = RegionFactory.create(id="us-east-1", is_active=True)
    for number, name in enumerate(MODELS):
        ModelOfferFactory.create(
            model=AIModelFactory.create(api_model_id=name),
            region=region,
            inference_types=["ON_DEMAND", "US"] if number % 2 else ["ON_DEMAND"],
        )

    def listing(found: Any, pages: Callable[[], Pages]) -> None:
        monkeypatch.setattr(reading, "_client", lambda *_: Region(found, pages))

    return listing


def all_profiles() -> Pages:
    return [profiles(MODELS[1::2])]


def endless() -> Pages:
    return (profiles(MODELS[1::2]) for _ in itertools.count())


def slow() -> Pages:
    for _ in range(9):
        time.sleep(0.05)
        yield profiles(MODELS[1::2])


@pytest.mark.parametrize(
    ("found", "pages", "why"),
    [
        (models(MODELS[:10]), all_profiles, "lists only"),
        (models(MODELS), lambda: [profiles([])], "lists only"),
        (models(MODELS), lambda: [profiles(MODELS[1:10:2])], "lists only"),
        (models(MODELS[:13]), all_profiles, "lists only"),
        (models([]), all_profiles, "lists only"),
        ({}, all_profiles, "not one of Bedrock's"),
        (models(MODELS), lambda: [{}], "not one of Bedrock's"),
        ({"modelSummaries": [{"modelId": name} for name in MODELS]}, all_profiles, "not one of"),
        ({"modelSummaries": [{} for _name in MODELS]}, all_profiles, "not one of"),
        (models(MODELS), endless, "does not end"),
    ],
    ids=[
        *("half of the models", "no profile", "half of the profiles", "a third of the models"),
        *("no model", "no list", "no list of profiles"),
        *("half of each entry", "empty entries", "endless pages"),
    ],
)
def test_a_listing_that_cannot_be_whole_counts_as_unread(
    lists: Callable[..., None], found: Any, pages: Callable[[], Pages], why: str
) -> None:
    lists(found, pages)
    before = list(ModelOffer.objects.values_list("model", "inference_types").order_by("pk"))

    look = aws.look()

    assert why in look.unread["us-east-1"]
    assert aws.differences(look).count == 0
    aws.apply(look.pk)
    assert list(ModelOffer.objects.values_list("model", "inference_types").order_by("pk")) == before


def test_pages_that_come_too_slowly_count_as_unread(
    lists: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    lists(models(MODELS), slow)
    monkeypatch.setattr(reading, "MOST_SECONDS", 0.1)

    assert "took more than" in aws.look().unread["us-east-1"]


def test_a_read_that_hangs_does_not_hold_the_others(
    lists: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    RegionFactory.create(id="us-west-2", is_active=True)
    whole = Region(models(MODELS), all_profiles)
    threads: list[threading.Thread] = []

    def hang() -> Pages:
        threads.append(threading.current_thread())
        time.sleep(1)
        yield {}

    hanging = Region(models(MODELS), hang)
    by_region = {"us-east-1": whole, "us-west-2": hanging}
    monkeypatch.setattr(reading, "_client", lambda _session, region, _url: by_region[region])
    monkeypatch.setattr(reading, "MOST_SECONDS", 0.1)

    look = aws.look()

    assert [thread.daemon for thread in threads] == [True], "a command ends without it"
    assert list(look.seen) == ["us-east-1"]
    assert "took more than" in look.unread["us-west-2"]


def test_half_of_a_small_region_is_missed_too_and_one_offer_is_not() -> None:
    region = RegionFactory.create(id="sa-east-1", is_active=True)
    for name in MODELS[:4]:
        offered = AIModelFactory.create(api_model_id=name)
        ModelOfferFactory.create(model=offered, region=region, inference_types=["ON_DEMAND"])

    def listed(number: int) -> dict[str, reading.ListedModel]:
        return {name: reading.ListedModel(types=["ON_DEMAND"]) for name in MODELS[:number]}

    assert plausibility.incomplete({"sa-east-1": listed(3)}) == {}
    assert set(plausibility.incomplete({"sa-east-1": listed(2)})) == {"sa-east-1"}


def test_a_sync_by_schedule_counts_offers_in_fewer_ways(
    lists: Callable[..., None], settings: Settings
) -> None:
    """None of the 20 offers is gone, but 6 of 20 lose one of their two ways."""
    settings.REGISTRY_SYNC = "apply"
    ModelOffer.objects.update(inference_types=["ON_DEMAND", "US"])
    lists(models(MODELS), lambda: [profiles(MODELS[6:])])

    sync.run_daily()

    assert AwsLook.objects.get().unread == {}
    assert not ModelOffer.objects.exclude(inference_types=["ON_DEMAND", "US"]).exists()


def test_a_person_may_believe_it(lists: Callable[..., None]) -> None:
    lists(models(MODELS[:10]), all_profiles)

    with pytest.raises(CommandError):
        call_command("sync_with_aws", "--apply")
    assert ModelOffer.objects.count() == 20
    call_command("sync_with_aws", "--fewer", "--apply")

    assert ModelOffer.objects.filter(inference_types=["US"]).count() == 5
    assert ModelOffer.objects.count() == 15


@pytest.mark.parametrize(("gone", "is_applied"), [(1, True), (5, True), (6, False)])
def test_a_sync_by_schedule_does_not_remove_a_large_share_of_the_offers(
    lists: Callable[..., None],
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    gone: int,
    is_applied: bool,
) -> None:
    settings.REGISTRY_SYNC = "apply"
    # Those without a profile.
    left = [name for name in MODELS if name not in MODELS[0 : 2 * gone : 2]]
    lists(models(left), all_profiles)

    with caplog.at_level(logging.ERROR):
        sync.run_daily()

    assert ModelOffer.objects.count() == (20 - gone if is_applied else 20)
    assert ("no longer lists" in caplog.text) is not is_applied
    assert AuditEntry.objects.exists() is is_applied
    look = AwsLook.objects.get()
    assert look.unread == {}
    if not is_applied:
        sync.apply(look.pk, COMMAND_LINE)
    assert ModelOffer.objects.count() == 20 - gone
