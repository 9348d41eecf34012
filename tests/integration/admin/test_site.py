from __future__ import annotations

import pytest
from django.test import Client

from certification.models import CertificationJob
from tests.factories.certification import JobFactory, StandingFactory
from tests.factories.registry import RegionFactory

pytestmark = pytest.mark.django_db


def test_the_first_page_counts_the_verdicts(viewer: Client) -> None:
    StandingFactory.create(status="QUEUED", verdict="CERTIFIED")
    StandingFactory.create(status="FAILED", verdict="FAILED", passed=False)

    page = viewer.get("/admin/").content.decode()

    assert "Certified" in page
    assert 'aria-current="page"' in page


def test_whoever_is_not_signed_in_is_led_to_the_login() -> None:
    answer = Client().get("/admin/")

    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/admin/")


def test_whoever_logs_out_is_led_to_the_login_which_says_so(viewer: Client) -> None:
    answer = viewer.post("/admin/logout/", follow=True)

    page = answer.content.decode()
    assert answer.redirect_chain == [("/admin/login/", 302)]
    assert "You are signed out." in page
    assert "navigation" not in page
    assert viewer.get("/admin/").status_code == 302


def test_the_address_of_the_logout_alone_logs_nobody_out(viewer: Client) -> None:
    assert viewer.get("/admin/logout/", follow=True).redirect_chain == [("/admin/", 302)]


def test_a_message_begins_as_it_was_written(operator: Client) -> None:
    region = RegionFactory.create(id="ap-south-2")

    page = operator.post(f"/admin/breakers/{region.pk}/reset/", follow=True).content.decode()

    assert "Ap-south-2" not in page


def test_without_a_role_nothing_is_shown(without_a_role: Client) -> None:
    assert without_a_role.get("/admin/").status_code == 403


@pytest.mark.parametrize(
    "table",
    [
        "certificationjob",
        "jobcertification",
        "modelcertification",
        "worker",
        "evidence",
    ],
)
def test_records_are_read_in_plain_tables_and_never_changed_by_hand(
    table: str, administrator: Client
) -> None:
    assert administrator.get(f"/admin/certification/{table}/").status_code == 200
    assert administrator.get(f"/admin/certification/{table}/add/").status_code == 403


def test_a_record_can_be_opened(viewer: Client) -> None:
    job: CertificationJob = JobFactory.create()

    answer = viewer.get(f"/admin/certification/certificationjob/{job.pk}/change/")

    assert answer.status_code == 200


def test_nothing_comes_from_another_host_and_nothing_inline_is_run(viewer: Client) -> None:
    policy = viewer.get("/admin/")["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_language_can_be_switched(viewer: Client) -> None:
    viewer.post("/language/", {"language": "pt-br", "next": "/admin/"})

    assert 'lang="pt-br"' in viewer.get("/admin/").content.decode()
