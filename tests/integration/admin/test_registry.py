"""The registry's screen: what AWS says, what differs, and what it proposes."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from certification.models import AuditEntry
from models_registry import aws
from models_registry.models import AIModel, AwsLook, ModelOffer, ModelProposal, Region
from tests.factories.registry import (
    AIModelFactory,
    ModelOfferFactory,
    ProviderFactory,
    RegionFactory,
)
from tests.integration.admin.conftest import queries_of

pytestmark = pytest.mark.django_db
REGISTRY = "/admin/registry/"
NOVA = "amazon.nova-lite-v1:0"


@pytest.fixture(autouse=True)
def _asks_the_simulator(settings: Settings, endpoint: str) -> None:
    settings.BEDROCK = "simulator"
    settings.SIMULATOR_URL = endpoint


@pytest.fixture
def nova() -> AIModel:
    RegionFactory.create(id="us-east-1")
    model: AIModel = AIModelFactory.create(api_model_id=NOVA, name="Nova Lite")
    return model


def text(client: Client, query: str = "") -> str:
    answer = client.get(f"{REGISTRY}{query}")
    assert answer.status_code == 200
    return str(answer.content, "utf-8")


def test_before_the_first_look_it_says_what_to_do(administrator: Client) -> None:
    assert "AWS has not been asked yet" in text(administrator)


def test_a_look_shows_what_differs_and_changes_nothing(
    administrator: Client, nova: AIModel
) -> None:
    shown = administrator.post(f"{REGISTRY}look/", follow=True).content.decode()

    assert f"/admin/models/{nova.pk}/" in shown
    assert "us-east-1" in shown
    assert "simulator answers here" in shown
    assert not ModelOffer.objects.exists()


def test_what_was_shown_is_applied_and_noted(administrator: Client, nova: AIModel) -> None:
    look = aws.look()

    shown = administrator.post(f"{REGISTRY}apply/", {"look": look.pk}, follow=True)

    assert b"1 change is made." in shown.content
    assert ModelOffer.objects.get().model == nova
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.face, entry.details["new"]) == ("REGISTRY_SYNCED", "ADMIN", 1)


def test_a_look_that_is_no_longer_the_last_is_refused(administrator: Client, nova: AIModel) -> None:
    look = aws.look()
    aws.look()

    shown = administrator.post(f"{REGISTRY}apply/", {"look": look.pk}, follow=True)

    assert b"a newer one is there" in shown.content
    assert not ModelOffer.objects.exists()


def test_regions_that_could_not_be_read_are_named(
    administrator: Client, nova: AIModel, settings: Settings
) -> None:
    settings.SIMULATOR_URL = "http://127.0.0.1:9"
    ModelOfferFactory.create(model=nova, region=Region.objects.get())

    shown = administrator.post(f"{REGISTRY}look/", follow=True).content.decode()

    assert "Regions that could not be read" in shown
    assert "us-east-1" in shown
    assert "Offers that are gone" in shown
    assert 'id="gone"' not in shown


def test_a_proposal_is_accepted_switched_off(administrator: Client, nova: AIModel) -> None:
    aws.look()
    proposal = aws.open_proposals().get(api_model_id="amazon.nova-pro-v1:0")

    shown = administrator.post(f"{REGISTRY}accept/", {"proposal": proposal.pk}, follow=True)

    assert b"switched off until you switch it on" in shown.content
    assert not AIModel.objects.get(api_model_id="amazon.nova-pro-v1:0").is_active


def test_a_proposal_is_dismissed_and_gone(administrator: Client) -> None:
    ProviderFactory.create()
    proposal = ModelProposal.objects.create(
        api_model_id="vendor.new",
        name="<b>New</b>",
        output_modalities=["TEXT"],
        regions={"us-east-1": ["ON_DEMAND"]},
    )
    assert "&lt;b&gt;New&lt;/b&gt;" in text(administrator, "?show=proposals")

    administrator.post(f"{REGISTRY}dismiss/", {"proposal": proposal.pk})

    assert "vendor.new" not in text(administrator)
    again = administrator.post(f"{REGISTRY}dismiss/", {"proposal": proposal.pk}, follow=True)
    assert b"waits for no answer any more" in again.content


def test_what_no_kind_has_can_only_be_dismissed(administrator: Client) -> None:
    ModelProposal.objects.create(
        api_model_id="vendor.shapes",
        output_modalities=["SHAPE"],
        regions={"us-east-1": ["ON_DEMAND"]},
    )

    shown = text(administrator)

    assert "no checks for it" in shown
    assert "Accept<" not in shown


@pytest.mark.parametrize(
    ("inputs", "outputs", "kind"),
    [(["SPEECH"], ["SPEECH", "TEXT"], "SPEECH"), (["TEXT", "VIDEO"], ["TEXT"], "VIDEO")],
)
def test_a_kind_without_checks_is_accepted_as_what_it_is(
    inputs: list[str], outputs: list[str], kind: str, administrator: Client
) -> None:
    ProviderFactory.create()
    proposal = ModelProposal.objects.create(
        api_model_id="vendor.other",
        input_modalities=inputs,
        output_modalities=outputs,
        regions={"us-east-1": ["ON_DEMAND"]},
    )

    administrator.post(f"{REGISTRY}accept/", {"proposal": proposal.pk})

    accepted = AIModel.objects.get(api_model_id="vendor.other")
    assert (accepted.kind, accepted.is_certifiable) == (kind, False)


@pytest.mark.parametrize("what", ["apply", "accept", "dismiss"])
def test_what_names_nothing_is_not_found(administrator: Client, what: str) -> None:
    assert administrator.post(f"{REGISTRY}{what}/", {"look": "x"}).status_code == 404


@pytest.mark.parametrize("who", ["viewer", "operator"])
def test_only_administrators_may(who: str, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(who)

    assert client.get(REGISTRY).status_code == 403
    assert client.post(f"{REGISTRY}look/").status_code == 403


def test_many_differences_and_proposals_take_as_many_queries_as_few(
    administrator: Client, nova: AIModel
) -> None:
    def queries() -> int:
        return queries_of(lambda: text(administrator))

    aws.look()
    many = queries()
    ModelProposal.objects.all().delete()
    AwsLook.objects.all().delete()
    aws.apply(aws.look().pk)
    ModelProposal.objects.all().delete()

    assert queries() == many
