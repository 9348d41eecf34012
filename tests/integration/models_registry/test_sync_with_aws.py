"""The registry's sync with AWS, against the simulator's control plane."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from certification import tasks
from certification.accounts.audit import COMMAND_LINE
from certification.errors import NothingToSync, ProposalNotFound, ProposalRefused
from certification.models import AuditEntry
from certification.registry import proposals, sync
from models_registry import aws, imported_models
from models_registry.aws import reading
from models_registry.models import (
    AIModel,
    AwsLook,
    Kind,
    Lifecycle,
    ModelOffer,
    ModelProposal,
    Origin,
    Region,
)
from models_registry.parse import CATALOGUE, read_catalogue
from models_registry.sync import load_catalogue

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NOVA = "amazon.nova-lite-v1:0"
HERE = {"us-east-1": ["ON_DEMAND"]}
SimulatorApi = Callable[..., Any]


@pytest.fixture(autouse=True)
def _asks_the_simulator(settings: Settings, endpoint: str) -> None:
    settings.BEDROCK = "simulator"
    settings.SIMULATOR_URL = endpoint


@pytest.fixture(scope="module", autouse=True)
def _as_the_catalogue_says(once: AbstractContextManager[None]) -> None:
    with once:
        load_catalogue(read_catalogue(CATALOGUE))


def nova() -> AIModel:
    return AIModel.objects.get(api_model_id=NOVA)


def of_nova(region: str) -> list[str]:
    return list(ModelOffer.objects.get(model=nova(), region=region).inference_types)


def failing(region: str) -> list[dict[str, Any]]:
    return [{"fault": "credentials", "match": {"region": region}}]


def command(*arguments: str) -> tuple[int, str]:
    """Returns the exit code and the output."""
    told = StringIO()
    try:
        call_command("sync_with_aws", *arguments, stdout=told)
    except CommandError as error:
        return error.returncode, f"{told.getvalue()}{error}"
    return 0, told.getvalue()


def test_what_agrees_differs_in_nothing() -> None:
    look = aws.look()

    found = aws.differences(look)

    assert look.unread == {}
    assert len(look.seen) == Region.objects.count()
    assert (found.offers, found.lifecycles, found.unknown) == ((), (), ())


def test_new_changed_and_removed_offers_are_reported_and_applied() -> None:
    ModelOffer.objects.filter(model=nova(), region="us-east-1").delete()
    ModelOffer.objects.filter(model=nova(), region="us-west-2").update(inference_types=["EU"])
    ModelOffer.objects.create(model=nova(), region_id="af-south-1", inference_types=["ON_DEMAND"])
    look = sync.look()

    found = aws.differences(look)
    assert [change.region for change in found.new] == ["us-east-1"]
    assert [(change.region, change.old) for change in found.changed] == [("us-west-2", ("EU",))]
    assert [(change.region, change.new) for change in found.gone] == [("af-south-1", ())]
    assert not ModelOffer.objects.filter(model=nova(), region="us-east-1").exists(), "a report"

    sync.apply(look.pk, COMMAND_LINE)

    assert aws.differences(look).count == 0
    assert "ON_DEMAND" in of_nova("us-east-1")
    assert not ModelOffer.objects.filter(model=nova(), region="af-south-1").exists()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.details) == (
        "REGISTRY_SYNCED",
        {"new": 1, "changed": 1, "gone": 1, "lifecycles": 0},
    )


def test_a_lifecycle_that_aws_tells_is_taken() -> None:
    AIModel.objects.filter(api_model_id=NOVA).update(lifecycle=Lifecycle.LEGACY)
    look = aws.look(["us-east-1"])

    [change] = sync.apply(look.pk, COMMAND_LINE).lifecycles

    assert (change.api_model_id, change.old, change.new) == (NOVA, "LEGACY", "ACTIVE")
    assert nova().lifecycle == Lifecycle.ACTIVE


def test_a_region_that_does_not_answer_loses_nothing_and_is_named(
    simulator_api: SimulatorApi,
) -> None:
    offers = ModelOffer.objects.filter(region="eu-west-1").count()
    simulator_api("PUT", "faults", failing("eu-west-1"))

    look = sync.look()
    sync.apply(look.pk, COMMAND_LINE)

    assert list(look.unread) == ["eu-west-1"]
    assert ModelOffer.objects.filter(region="eu-west-1").count() == offers > 0
    assert Region.objects.get(pk="eu-west-1").synced_at is None
    assert Region.objects.get(pk="us-east-1").synced_at is not None


def test_a_region_that_lists_nothing_counts_as_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service control policy or a region of another partition can cause an empty answer."""

    class Silent:
        def list_foundation_models(self) -> dict[str, Any]:
            return {"modelSummaries": []}

        def get_paginator(self, _name: str) -> Any:
            return self

        def paginate(self, **_asked: Any) -> list[Any]:
            return [{"inferenceProfileSummaries": []}]

    monkeypatch.setattr(reading, "_client", lambda *_: Silent())

    look = aws.look(["us-east-1"])

    assert "us-east-1" in look.unread
    assert aws.differences(look).gone == []


def test_only_the_requested_regions_are_read() -> None:
    ModelOffer.objects.filter(model=nova(), region__in=["us-east-1", "us-west-2"]).delete()

    found = aws.differences(sync.look(["us-east-1"]))

    assert [change.region for change in found.new] == ["us-east-1"]


def test_a_look_that_is_not_the_last_is_not_applied() -> None:
    seen = sync.look(["us-east-1"])
    newer = sync.look(["us-east-1"])

    with pytest.raises(NothingToSync):
        sync.apply(seen.pk, COMMAND_LINE)
    sync.apply(newer.pk, COMMAND_LINE)
    with pytest.raises(NothingToSync):
        sync.apply(newer.pk, COMMAND_LINE)


def test_only_the_last_looks_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws.looking, "MAX_KEPT", 2)

    made = [aws.look(["us-east-1"]).pk for _ in range(4)]

    assert {look.pk for look in AwsLook.objects.all()} == set(made[-2:])


# --- Together with the catalogue ---------------------------------------------------------------


def test_loading_the_catalogue_keeps_what_came_from_aws() -> None:
    """Offers that AWS removed stay removed, and offers that AWS added stay."""
    extra = ModelOffer.objects.create(
        model=nova(), region_id="af-south-1", inference_types=["ON_DEMAND"]
    )
    ModelOffer.objects.filter(model=nova(), region="us-east-1").delete()
    Region.objects.filter(pk__in=["af-south-1", "us-east-1"]).update(synced_at=datetime.now(UTC))
    AIModel.objects.filter(pk=nova().pk).update(lifecycle="LEGACY", aws_lifecycle="LEGACY")

    report = load_catalogue(read_catalogue(CATALOGUE))

    assert not report.has_changes
    assert ModelOffer.objects.filter(pk=extra.pk).exists()
    assert not ModelOffer.objects.filter(model=nova(), region="us-east-1").exists()
    assert nova().lifecycle == "LEGACY"


def test_the_catalogue_still_speaks_for_regions_that_were_never_read() -> None:
    sync.apply(aws.look(["us-east-1"]).pk, COMMAND_LINE)
    ModelOffer.objects.filter(model=nova(), region__in=["us-east-1", "us-west-2"]).delete()

    report = load_catalogue(read_catalogue(CATALOGUE))

    assert report.offers.added == (f"bedrock/{NOVA} in us-west-2",)


def test_a_model_that_a_new_catalogue_brings_is_offered_before_the_next_look() -> None:
    AIModel.objects.filter(api_model_id=NOVA).delete()
    sync.apply(aws.look(["us-east-1"]).pk, COMMAND_LINE)

    load_catalogue(read_catalogue(CATALOGUE))

    assert "ON_DEMAND" in of_nova("us-east-1")


# --- Proposals ---------------------------------------------------------------------------------


def test_an_unknown_model_is_proposed_and_not_added() -> None:
    AIModel.objects.filter(api_model_id=NOVA).delete()

    look = sync.look()
    found = sync.apply(look.pk, COMMAND_LINE)

    assert found.unknown == (NOVA,)
    assert not AIModel.objects.filter(api_model_id=NOVA).exists()
    proposal = aws.open_proposals().get()
    assert (proposal.vendor, proposal.output_modalities) == ("Amazon", ["TEXT"])
    assert "us-east-1" in proposal.regions


def test_an_accepted_one_waits_switched_off_and_outlives_the_catalogue() -> None:
    """The catalogue retires only models that it held; this one was never in it."""
    AIModel.objects.filter(api_model_id=NOVA).delete()
    without_nova = read_catalogue(CATALOGUE)
    models = tuple(one for one in without_nova.models if one.api_model_id != NOVA)
    without_nova = type(without_nova)(without_nova.providers, without_nova.regions, models)
    sync.look()

    made = proposals.accept(aws.open_proposals().get().pk, COMMAND_LINE)
    load_catalogue(without_nova)

    made.refresh_from_db()
    assert (made.is_active, made.retired_at, made.origin) == (False, None, Origin.AWS)
    assert (made.kind, made.capabilities["streaming"]) == ("TEXT", True)
    assert "ON_DEMAND" in of_nova("us-east-1")
    assert not aws.open_proposals().exists()
    assert AuditEntry.objects.get().action == "PROPOSAL_ACCEPTED"

    load_catalogue(read_catalogue(CATALOGUE))
    assert nova().origin == Origin.CATALOGUE, "it has a line now"


def test_a_model_that_only_an_import_remembers_is_proposed_and_comes_back_as_itself() -> None:
    AIModel.objects.filter(api_model_id=NOVA).delete()
    remembered = imported_models.add_retired_model(
        uuid4(), "bedrock", "", NOVA, "Old name", "Amazon"
    )
    look = sync.look()
    assert aws.differences(look).unknown == (NOVA,)

    made = proposals.accept(aws.open_proposals().get().pk, COMMAND_LINE)

    assert made.pk == remembered.pk
    assert (made.name, made.origin, made.retired_at) == ("Nova Lite", Origin.AWS, None)
    assert "ON_DEMAND" in of_nova("us-east-1")
    assert not aws.open_proposals().exists()


def test_a_proposal_that_no_region_lists_any_more_waits_no_longer() -> None:
    gone = ModelProposal.objects.create(api_model_id="vendor.gone", regions=HERE)
    left = ModelProposal.objects.create(
        api_model_id="vendor.left", regions=HERE | {"us-west-2": ["US"]}
    )

    aws.look(["us-east-1"])

    assert gone not in aws.open_proposals()
    assert aws.open_proposals().get(pk=left.pk).regions == {"us-west-2": ["US"]}


def test_a_dismissed_one_does_not_come_again() -> None:
    AIModel.objects.filter(api_model_id=NOVA).delete()
    aws.look(["us-east-1"])
    proposal = aws.open_proposals().get()

    proposals.dismiss(proposal.pk, COMMAND_LINE)
    aws.look(["us-east-1"])

    assert not aws.open_proposals().exists()
    with pytest.raises(ProposalNotFound):
        proposals.accept(proposal.pk, COMMAND_LINE)


def test_what_there_are_no_checks_for_is_not_accepted() -> None:
    smell = ModelProposal.objects.create(
        api_model_id="vendor.smell", output_modalities=["SMELL"], regions=HERE
    )

    with pytest.raises(ProposalRefused):
        proposals.accept(smell.pk, COMMAND_LINE)

    assert aws.open_proposals().get() == smell, "it is still open"


def test_a_model_without_checks_is_accepted_as_what_it_is() -> None:
    sonic = ModelProposal.objects.create(
        api_model_id="amazon.nova-9-sonic-v1:0",
        input_modalities=["SPEECH"],
        output_modalities=["SPEECH", "TEXT"],
        regions=HERE,
    )

    model = proposals.accept(sonic.pk, COMMAND_LINE)
    AIModel.objects.filter(pk=model.pk).update(is_active=True)

    model.refresh_from_db()
    assert (model.kind, model.is_certifiable) == (Kind.SPEECH, False)
    assert ModelOffer.objects.filter(model=model, region="us-east-1").exists()


def test_the_catalogue_answers_a_proposal_too() -> None:
    ModelProposal.objects.create(api_model_id=NOVA, regions=HERE)

    assert not aws.open_proposals().exists()


# --- Command and schedule ----------------------------------------------------------------------


def test_the_command_only_reports_unless_it_is_to_apply() -> None:
    ModelOffer.objects.filter(model=nova(), region="us-east-1").delete()

    code, told = command("--region", "us-east-1")
    assert code == 1
    assert f"+ {NOVA} · us-east-1: ON_DEMAND" in told
    assert not ModelOffer.objects.filter(model=nova(), region="us-east-1").exists()

    code, told = command("--region", "us-east-1", "--apply")
    assert code == 0
    assert "Applied." in told
    assert command("--region", "us-east-1")[0] == 0, "nothing is left"


def test_the_command_says_it_as_json(simulator_api: SimulatorApi) -> None:
    simulator_api("PUT", "faults", failing("eu-west-1"))

    code, told = command("--region", "us-east-1", "--region", "eu-west-1", "--json")

    said = json.loads(told[: told.rindex("}") + 1])
    assert code == 1
    assert (said["read"], list(said["unread"]), said["applied"]) == (
        ["us-east-1"],
        ["eu-west-1"],
        False,
    )


def test_the_command_that_reads_no_region_could_not_run(settings: Settings) -> None:
    settings.SIMULATOR_URL = "http://127.0.0.1:9"

    assert command("--region", "us-east-1", "--apply")[0] == 2
    assert command("--region", "xx-nowhere-1")[0] == 2
    assert not AuditEntry.objects.exists()


def test_a_profile_that_is_not_there_is_why_no_region_could_be_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BEDROCK = "aws"
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    code, told = command("--region", "us-east-1")

    assert code == 2
    assert "The config profile (nobody) could not be found" in told


@pytest.mark.parametrize(("setting", "applied"), [("off", 0), ("report", 0), ("apply", 1)])
def test_the_schedule_does_as_much_as_it_may(
    settings: Settings, setting: str, applied: int
) -> None:
    settings.REGISTRY_SYNC = setting
    ModelOffer.objects.filter(model=nova(), region="us-east-1").delete()

    tasks.sync_with_aws()

    assert AwsLook.objects.count() == (setting != "off")
    assert ModelOffer.objects.filter(model=nova(), region="us-east-1").count() == applied
    assert AuditEntry.objects.filter(face="SCHEDULE").count() == applied


def test_many_differences_take_as_many_queries_as_none() -> None:
    look = aws.look(["us-east-1"])

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            aws.differences(look)
        return len(seen)

    none = queries()
    ModelOffer.objects.filter(region="us-east-1").delete()

    assert queries() == none == 2
