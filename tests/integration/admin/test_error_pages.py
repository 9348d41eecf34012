"""Pages of errors, in the design of the other pages."""

from __future__ import annotations

import pytest
from django.template import loader
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from tests.factories.certification import UserFactory

pytestmark = pytest.mark.django_db


def test_what_is_not_there_is_told_with_a_way_on(viewer: Client) -> None:
    answer = viewer.get("/admin/nothing-of-the-kind/")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert "homologa/style.css" in answer.content.decode()


def test_what_the_role_forbids_is_told_with_a_way_out(viewer: Client) -> None:
    answer = viewer.get("/admin/people/")

    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Your role does not allow this" in page
    assert "/admin/logout/" in page


@pytest.mark.parametrize("page", ["500.html", "403_csrf.html"])
def test_pages_for_bad_moments_need_nothing_to_stand(page: str) -> None:
    with translation.override("en"):
        text = loader.render_to_string(page)

    assert "homologa/style.css" in text
    assert "<script>" not in text


def test_a_form_from_an_old_page_is_refused_in_words() -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})

    answer = client.post("/admin/login/", {})

    assert (answer.status_code, "out of date" in answer.content.decode()) == (403, True)


def test_whoever_is_locked_out_of_the_screens_reads_for_how_long(settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    UserFactory.create(username="ana")
    client = Client(headers={"accept-language": "en"})

    for _ in range(3):
        answer = client.post("/admin/login/", {"username": "ana", "password": "wrong"})

    page = answer.content.decode()
    assert answer.status_code == 429
    assert "for 15 minutes" in page
    assert "ask an administrator" in page
