"""Every screen by who looks: a stranger, without a role, viewer, operator, administrator."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from certification.accounts import tokens
from certification.accounts.audit import COMMAND_LINE
from certification.accounts.roles import Role
from certification.admin.pages.screen import ADMINISTER, CERTIFY, READ, SIGNED_IN, Screen
from certification.admin.screens import SCREENS
from certification.jobs import opening
from certification.models import AuditEntry
from tests.factories.certification import offered, someone

# Permissions do not depend on the database server.
pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_only]

MAY = {
    READ: {"viewer", "operator", "administrator"},
    CERTIFY: {"operator", "administrator"},
    ADMINISTER: {"administrator"},
    SIGNED_IN: {"without_a_role", "viewer", "operator", "administrator"},
}
# A new screen gets its row here, which decides who may open it.
SCREENS_OF_RIGHT = {
    READ: (
        "matrix", "models", "model", "regions", "region", "jobs", "job", "job_rows", "job_line",
        "job_export", "certification", "dead_letters", "dead_letter", "breakers", "schedules",
        "workers",
    ),
    CERTIFY: (
        "certify", "certify_start", "certify_again", "job_cancel", "job_pause", "job_resume",
        "job_retry", "dead_letters_requeue", "dead_letters_dismiss", "breaker_reset",
    ),
    ADMINISTER: (
        "breaker_limit", "schedule_run", "registry", "registry_look", "registry_apply",
        "registry_accept", "registry_dismiss", "people", "person", "person_new", "person_role",
        "person_password", "person_deactivate", "person_activate", "person_let_in",
        "person_revoke", "audit", "audit_csv",
    ),
    SIGNED_IN: (
        "account", "account_confirm", "account_sign_out", "account_token", "account_revoke",
    ),
}  # fmt: skip
RIGHTS = {name: right for right, names in SCREENS_OF_RIGHT.items() for name in names}
EVERYBODY = ["without_a_role", "viewer", "operator", "administrator"]


def known_values() -> dict[str, Any]:
    pair = opening.open_for_models(*offered()).job.certifications.get()
    return {
        "job_id": pair.job_id,
        "certification_id": pair.pk,
        "user_id": someone(Role.VIEWER).pk,
        "format_name": "csv",
        "model_id": pair.model_id,
        "region": pair.region_id,
        "region_id": pair.region_id,
    }


def address(screen: Screen) -> str:
    """Returns the address of a screen. A parameter without a row of its own gives a 404."""
    wanted = {
        part.split(":")[1].rstrip(">"): part.split(":")[0].lstrip("<")
        for part in screen.path.replace("/", " ").split()
        if part.startswith("<")
    }
    known = known_values() if wanted else {}
    values = {
        name: known.get(name, uuid4() if kind == "uuid" else "x") for name, kind in wanted.items()
    }
    return reverse(f"admin:{screen.name}", kwargs=values)


def test_each_screen_requires_the_right_of_its_row_in_the_table() -> None:
    assert {screen.name: screen.right for screen in SCREENS} == RIGHTS


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
@pytest.mark.parametrize("method", ["get", "post"])
def test_each_screen_answers_those_who_may(
    screen: Screen, method: str, who: str, request: pytest.FixtureRequest
) -> None:
    client: Client = request.getfixturevalue(who)
    entries = AuditEntry.objects.count
    url = address(screen)
    before = entries()

    status = getattr(client, method)(url).status_code

    if who in MAY[RIGHTS[screen.name]]:
        assert status not in (403, 500)
    else:
        assert (status, entries()) == (403, before)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_whoever_is_not_signed_in_is_led_to_the_login(screen: Screen) -> None:
    assert "/admin/login/" in Client().get(address(screen))["Location"]


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_navigation_shows_what_the_role_opens(who: str, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(who)

    page = client.get(reverse("admin:account")).content.decode()

    for screen in SCREENS:
        if screen.label:
            link = f'<a href="{reverse(f"admin:{screen.name}")}"'
            assert (link in page) == (who in MAY[screen.right]), screen.name


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_only_administrators_may_see_what_others_did(role: Role) -> None:
    user = someone(role)

    assert Permission.objects.filter(codename="view_auditentry").exists()
    assert not user.has_perm("certification.view_auditentry")


def test_tokens_have_no_table_where_they_could_be_made_by_hand(administrator: Client) -> None:
    tokens.make(someone(Role.VIEWER), COMMAND_LINE)

    assert administrator.get("/admin/knox/authtoken/").status_code == 404
