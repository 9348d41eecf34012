"""Schedules: what is certified again by itself, edited by administrators, seen by everybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from certification import queries
from certification.models import (
    AuditEntry,
    CertificationJob,
    ModelCertification,
    Schedule,
)
from certification.states import AuditAction
from certification.worker.run_pair import offered_spec
from models_registry.models import AIModel, ModelOffer, Region
from tests.factories.certification import StandingFactory, offered
from tests.integration.admin.forms import as_it_stands

pytestmark = pytest.mark.django_db
SCHEDULES = "/admin/schedules/"
NEXT_YEAR = datetime(2027, 1, 1, 12, 0, tzinfo=UTC)
ADD = "/admin/certification/schedule/add/"


def a_schedule(**more: Any) -> Schedule:
    made: Schedule = Schedule.objects.create(
        **{"name": "nightly", "next_round_at": timezone.now() + timedelta(hours=1), **more}
    )
    return made


def an_old_certification() -> ModelCertification:
    (model,), (region,) = offered()
    standing: ModelCertification = StandingFactory.create(
        model=AIModel.objects.get(api_model_id=model),
        region=Region.objects.get(pk=region),
        status="CERTIFIED",
        verdict="CERTIFIED",
        completed_at=timezone.now() - timedelta(days=90),
    )
    return standing


def change(schedule: Schedule) -> str:
    return reverse("admin:certification_schedule_change", args=[schedule.pk])


def save(client: Client, schedule: Schedule, **edited: str) -> None:
    """Opens the form, edits some fields, and leaves the others as they stand."""
    untouched = as_it_stands(client.get(change(schedule)).content)
    answer = client.post(change(schedule), untouched | edited)
    assert answer.status_code == 302, answer.content.decode()


def text(client: Client) -> str:
    answer = client.get(SCHEDULES)
    assert answer.status_code == 200
    return str(answer.content, "utf-8")


def form(**more: Any) -> dict[str, Any]:
    return {
        "name": "nightly",
        "is_active": "on",
        "valid_days": "14",
        "every_hours": "6",
        "from_hour": "22",
        "to_hour": "6",
        "pairs_a_day": "",
        "next_round_at_0": "2026-01-01",
        "next_round_at_1": "03:00",
        **more,
    }


def test_each_schedule_says_what_it_is_for_and_what_is_due(viewer: Client) -> None:
    a_schedule(vendors=["Amazon", "Meta"], capability="tools", every_hours=6, pairs_a_day=40)

    shown = text(viewer)

    assert "Amazon, Meta" in shown
    assert "every 6 hours" in shown
    assert "at most 40 pairs a day" in shown
    assert "Add a schedule" not in shown


def test_without_any_it_says_what_that_means(viewer: Client) -> None:
    assert "nothing is certified again by itself" in text(viewer)


def test_an_administrator_adds_one(administrator: Client) -> None:
    offered()
    vendor = AIModel.objects.get().vendor

    answer = administrator.post(ADD, form(vendors=[vendor]))

    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == SCHEDULES
    made = Schedule.objects.get()
    assert (made.vendors, made.valid_days, made.from_hour) == ([vendor], 14, 22)
    assert AuditEntry.objects.get().action == AuditAction.ROW_ADDED


def test_a_schedule_allows_the_kinds_of_routes_that_are_ticked(administrator: Client) -> None:
    offered()

    answer = administrator.post(ADD, form(routes=["GEO", "GLOBAL"]))

    assert answer.status_code == 302, answer.content.decode()
    assert Schedule.objects.get().routes == ["GEO", "GLOBAL"]
    assert "only over: geographic profile, global profile" in text(administrator)


def test_the_job_of_a_schedule_uses_its_routes_only(administrator: Client) -> None:
    an_old_certification()
    ModelOffer.objects.update(inference_types=["ON_DEMAND", "GLOBAL"])
    schedule = a_schedule(routes=["GLOBAL"])

    page = administrator.post(f"{SCHEDULES}{schedule.pk}/run/", follow=True).content.decode()

    job = CertificationJob.objects.get()
    assert job.config == {"routes": ["GLOBAL"]}
    assert [route.kind for route in offered_spec(job.certifications.get()).routes] == ["GLOBAL"]
    assert "only over: global profile" in page


def test_only_kinds_that_the_deployment_allows_are_offered(
    administrator: Client, settings: Settings
) -> None:
    settings.ALLOWED_ROUTES = ["IN_REGION", "GEO"]
    since_forbidden = a_schedule(routes=["GLOBAL"])

    assert administrator.post(ADD, form(routes=["GLOBAL"])).status_code == 200
    assert Schedule.objects.get() == since_forbidden
    # Without its only kind it would be allowed all others.
    save(administrator, since_forbidden, pairs_a_day="10")
    since_forbidden.refresh_from_db()
    assert (since_forbidden.routes, since_forbidden.pairs_a_day) == (["GLOBAL"], 10)


@pytest.mark.parametrize(
    "wrong",
    [
        {"every_hours": "0"},
        {"valid_days": "0"},
        {"valid_days": "1000000"},
        {"every_hours": "8761"},
        {"from_hour": "24"},
        {"pairs_a_day": "0"},
        {"vendors": ["Nobody"]},
        {"routes": ["MOON"]},
        {"name": ""},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(administrator: Client, wrong: dict[str, Any]) -> None:
    answer = administrator.post(ADD, form(**wrong))

    assert answer.status_code == 200
    assert not Schedule.objects.exists()


@pytest.mark.parametrize("what", ["model", "region", "vendor", "capability"])
def test_saving_one_keeps_what_it_is_for_while_that_is_switched_off(
    administrator: Client, what: str
) -> None:
    offered(3, 2)
    AIModel.objects.update(vendor="Meta", capabilities={})
    model, region = AIModel.objects.all()[0], Region.objects.all()[0]
    AIModel.objects.filter(pk=model.pk).update(vendor="Amazon", capabilities={"tools": True})
    schedule = a_schedule(
        vendors=["Amazon"] if what == "vendor" else [],
        capability="tools" if what == "capability" else "",
    )
    schedule.chosen_models.set([model] if what == "model" else [])
    schedule.chosen_regions.set([region] if what == "region" else [])
    off = Region if what == "region" else AIModel
    off.objects.filter(pk=region.pk if what == "region" else model.pk).update(is_active=False)

    save(administrator, schedule, pairs_a_day="10")

    schedule.refresh_from_db()
    assert schedule.pairs_a_day == 10
    assert queries.schedules.coverage(schedule, timezone.now()).pairs == 0


def test_a_form_that_was_open_during_a_round_does_not_bring_the_round_back(
    administrator: Client,
) -> None:
    schedule = a_schedule()
    untouched = as_it_stands(administrator.get(change(schedule)).content)
    Schedule.objects.update(next_round_at=NEXT_YEAR)

    administrator.post(change(schedule), untouched | {"valid_days": "99"})

    schedule.refresh_from_db()
    assert (schedule.valid_days, schedule.next_round_at) == (99, NEXT_YEAR)


def test_the_next_round_can_be_moved(administrator: Client) -> None:
    schedule = a_schedule()

    save(administrator, schedule, next_round_at_0="2027-03-04", next_round_at_1="05:00")

    schedule.refresh_from_db()
    assert timezone.localtime(schedule.next_round_at).isoformat()[:16] == "2027-03-04T05:00"


@pytest.mark.parametrize("who", ["viewer", "operator"])
def test_only_administrators_edit(who: str, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(who)

    assert client.post(ADD, form()).status_code == 403


def test_what_is_due_is_certified_at_once_whatever_the_hour(administrator: Client) -> None:
    an_old_certification()
    hour = timezone.localtime().hour
    schedule = a_schedule(from_hour=(hour + 2) % 24, to_hour=(hour + 3) % 24, pairs_a_day=1)

    answer = administrator.post(f"{SCHEDULES}{schedule.pk}/run/")

    job = CertificationJob.objects.get()
    assert answer.headers["location"] == reverse("admin:job", args=[job.pk])
    assert (job.schedule, job.total_models) == (schedule, 1)
    assert job.created_by is not None


def test_nothing_due_is_said(administrator: Client) -> None:
    schedule = a_schedule()

    answer = administrator.post(f"{SCHEDULES}{schedule.pk}/run/", follow=True)

    assert b"Nothing is due" in answer.content
    assert not CertificationJob.objects.exists()


def test_a_schedule_that_is_gone_is_said(administrator: Client) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"

    answer = administrator.post(f"{SCHEDULES}{unknown}/run/", follow=True)

    assert b"There is no such schedule" in answer.content


def test_the_form_of_a_schedule_belongs_to_the_schedules(administrator: Client) -> None:
    page = administrator.get(ADD).content.decode()

    assert '<a href="/admin/schedules/" aria-current="page">' in page
    assert page.count("aria-current=") == 1
