"""How long sessions and tokens last, where a person is signed in, and what asks for the password
once more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken
from pytest_django import Settings

from certification.accounts import people, roles, sessions, tokens
from certification.accounts.audit import COMMAND_LINE
from certification.accounts.roles import Role
from certification.errors import AccountInactive, LifetimeRefused
from certification.models import AuditEntry
from tests.factories.certification import UserFactory, someone
from tests.integration.api.conftest import client_of

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def person(role: Role) -> User:
    user = someone(role)
    user.set_password(PASSWORD)
    user.is_staff = True
    user.save()
    return user


def signed_in(user: User, **browser: str) -> Client:
    client = Client(headers={"accept-language": "en"}, **browser)  # type: ignore[arg-type]
    form = {"username": user.username, "password": PASSWORD}
    assert client.post("/admin/login/", form).status_code == 302
    return client


def age(client: Client, key: str, seconds: int) -> None:
    """Makes it so many seconds since this was noted in the session."""
    session = client.session
    session[key] -= seconds
    session.save()


def is_in(client: Client) -> bool:
    return client.get("/admin/account/").status_code == 200


def test_a_session_ends_after_an_hour_without_use() -> None:
    client = signed_in(person(Role.VIEWER))

    age(client, sessions.SEEN, 3500)
    assert is_in(client)
    age(client, sessions.SEEN, 3500)
    assert is_in(client), "the use before was noted"
    age(client, sessions.SEEN, 3700)
    assert not is_in(client)


def test_a_session_ends_after_twelve_hours_of_use() -> None:
    client = signed_in(person(Role.VIEWER))

    age(client, sessions.STARTED, 12 * 3600 - 60)
    assert is_in(client)
    age(client, sessions.STARTED, 120)
    assert not is_in(client)


def test_live_events_that_reconnect_are_no_use() -> None:
    client = signed_in(person(Role.VIEWER))

    age(client, sessions.SEEN, 3000)
    path = "/api/certification-queue/jobs/00000000-0000-0000-0000-000000000000/events"
    assert client.get(path).status_code == 404
    age(client, sessions.SEEN, 1000)

    assert not is_in(client)


def test_a_session_of_an_older_version_begins_now() -> None:
    client = signed_in(person(Role.VIEWER))
    session = client.session
    for key in (sessions.STARTED, sessions.SEEN, sessions.CONFIRMED):
        del session[key]
    session.save()

    assert is_in(client)
    assert client.post("/admin/account/tokens/", {"hours": 1}).status_code == 302
    assert not AuthToken.objects.exists()


def test_people_see_where_they_are_signed_in_and_sign_out_there() -> None:
    ana, other = person(Role.VIEWER), person(Role.VIEWER)
    here = signed_in(ana, REMOTE_ADDR="10.0.0.1", HTTP_USER_AGENT="Firefox <here>")
    there = signed_in(ana, REMOTE_ADDR="10.0.0.2", HTTP_USER_AGENT="Chrome there")
    elsewhere = signed_in(other, REMOTE_ADDR="10.0.0.3")

    answer = here.get("/admin/account/")
    listed = {each.address: each for each in answer.context["sessions"]}
    page = answer.content.decode()

    assert {name: each.is_this for name, each in listed.items()} == {
        "10.0.0.1": True,
        "10.0.0.2": False,
    }
    assert "Firefox &lt;here&gt;" in page
    assert not [each for each in (here, there) if each.session.session_key in page]

    here.post("/admin/account/sign-out/", {"session": listed["10.0.0.2"].name})
    assert [is_in(each) for each in (here, there, elsewhere)] == [True, False, True]
    assert AuditEntry.objects.filter(user=ana, details__fields=["sessions"]).exists()

    here.post("/admin/account/sign-out/", {"session": "all"})
    assert [is_in(each) for each in (here, elsewhere)] == [False, True]


def test_nobody_signs_others_out() -> None:
    ana, other = person(Role.VIEWER), person(Role.VIEWER)
    mine, theirs = signed_in(ana), signed_in(other)
    name = theirs.get("/admin/account/").context["sessions"][0].name

    mine.post("/admin/account/sign-out/", {"session": name})

    assert is_in(theirs)


def forms(user: User) -> list[tuple[str, dict[str, Any]]]:
    one = f"/admin/people/{user.pk}/"
    group = Group.objects.get(name=Role.VIEWER).pk
    return [
        ("/admin/account/tokens/", {"hours": 1}),
        ("/admin/account/tokens/revoke/", {"token": "all"}),
        ("/admin/account/sign-out/", {"session": "none"}),
        ("/admin/people/new/", {"username": "eve", "password": PASSWORD, "role": "administrator"}),
        (f"{one}role/", {"role": "administrator"}),
        (f"{one}password/", {"password": "another sentence"}),
        (f"{one}deactivate/", {}),
        (f"{one}activate/", {}),
        (f"{one}let-in/", {}),
        (f"{one}tokens/revoke/", {"token": "all"}),
        ("/admin/auth/group/add/", {"name": "more"}),
        (f"/admin/auth/group/{group}/change/", {"permissions": []}),
        (f"/admin/auth/group/{group}/delete/", {"post": "yes"}),
        ("/admin/auth/group/", {"action": "delete_selected", "_selected_action": group}),
    ]


def test_roles_passwords_and_tokens_change_only_after_the_password_was_given() -> None:
    root = person(Role.ADMINISTRATOR)
    root.is_superuser = True
    root.save()
    victim = someone(Role.VIEWER)
    tokens.make(victim, COMMAND_LINE)
    client = signed_in(root)
    age(client, sessions.CONFIRMED, 16 * 60)
    before = AuditEntry.objects.count()

    for path, form in forms(victim):
        answer = client.post(path, form)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/admin/account/confirm/?next="), path

    assert AuditEntry.objects.count() == before
    key = client.session.session_key
    confirm = client.post(answer["Location"], {"password": PASSWORD})
    assert confirm["Location"] == "/admin/auth/group/"
    assert client.session.session_key != key
    for path, form in forms(victim):
        assert "/confirm/" not in client.post(path, form).get("Location", ""), path
    assert AuditEntry.objects.count() > before


def test_a_wrong_password_confirms_nothing_and_is_limited() -> None:
    client = signed_in(person(Role.VIEWER))
    age(client, sessions.CONFIRMED, 16 * 60)
    path = "/admin/account/confirm/?next=/admin/account/"

    statuses = [client.post(path, {"password": f"wrong {n}"}).status_code for n in range(9)]

    assert statuses == [400] * 7 + [429] * 2
    assert "/confirm/" in client.post("/admin/account/tokens/", {"hours": 1})["Location"]


@pytest.mark.parametrize("where", ["https://evil.example", "//evil.example", "javascript:x", ""])
def test_the_confirmation_leads_nowhere_else(where: str) -> None:
    client = signed_in(person(Role.VIEWER))

    answer = client.post("/admin/account/confirm/", {"password": PASSWORD, "next": where})

    assert answer["Location"] == "/admin/account/"


@pytest.mark.parametrize(
    ("role", "days"),
    [(None, 365), (Role.VIEWER, 365), (Role.OPERATOR, 365), (Role.ADMINISTRATOR, 90)],
)
def test_a_token_lives_no_longer_than_its_owner_s_role_allows(
    role: Role | None, days: int, settings: Settings
) -> None:
    user = someone(role) if role else UserFactory.create()

    tokens.make(user, COMMAND_LINE, timedelta(days=days))
    with pytest.raises(LifetimeRefused, match=str(days)):
        tokens.make(user, COMMAND_LINE, timedelta(days=days, hours=1))


def test_a_role_that_is_given_later_shortens_tokens() -> None:
    user = someone(Role.VIEWER)
    tokens.make(user, COMMAND_LINE, timedelta(days=365))
    tokens.make(user, COMMAND_LINE, timedelta(days=10))

    people.change_role(user.pk, Role.ADMINISTRATOR, COMMAND_LINE)

    left = [
        round((row.expiry - timezone.now()) / timedelta(days=1))
        for row in AuthToken.objects.order_by("expiry")
    ]
    assert left == [10, 90]


def test_the_api_s_default_is_what_the_role_allows() -> None:
    carla = client_of(someone(Role.ADMINISTRATOR))
    for role, days in ((Role.OPERATOR, 365), (Role.ADMINISTRATOR, 90)):
        given = {"user": someone(role).username}
        assert carla.post("/api/auth/tokens", given, format="json").status_code == 201
        newest = AuthToken.objects.get(user__username=given["user"])
        assert round((newest.expiry - timezone.now()) / timedelta(days=1)) == days
    refused = carla.post("/api/auth/tokens", {**given, "days": 3650}, format="json")
    assert refused.status_code == 400


def test_a_token_of_an_inactive_account_opens_nothing_is_shown_so_and_cannot_be_made() -> None:
    carla = client_of(someone(Role.ADMINISTRATOR))
    ana = someone(Role.VIEWER)
    client = client_of(ana)
    User.objects.filter(pk=ana.pk).update(is_active=False)
    ana.refresh_from_db()

    assert client.get("/api/certification-queue/regions").status_code == 401
    with pytest.raises(AccountInactive):
        tokens.make(ana, COMMAND_LINE)
    made = carla.post("/api/auth/tokens", {"user": ana.username}, format="json")
    assert (made.status_code, made.json()["error"]["code"]) == (409, "account_inactive")
    listed = carla.get("/api/auth/tokens").json()["data"]
    assert {row["user"]: row["isActive"] for row in listed}[ana.username] is False
    page = signed_in(person(Role.ADMINISTRATOR)).get(f"/admin/people/{ana.pk}/").content.decode()
    assert "They open nothing" in page
    assert roles.role_of(ana) is Role.VIEWER
