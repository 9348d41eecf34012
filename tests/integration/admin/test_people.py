from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken
from pytest_django import Settings

from certification.accounts import audit, people, roles, tokens
from certification.accounts.audit import COMMAND_LINE, Actor
from certification.accounts.people import NewPerson
from certification.accounts.roles import Role
from certification.errors import LastAdministrator, NameRefused, NotOnOneself
from certification.models import AuditEntry
from certification.states import AuditAction, Face
from tests.factories.certification import UserFactory, someone
from tests.integration.admin.conftest import queries_of
from tests.integration.jobs.test_at_the_same_time import all_at_once

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
FORM = {"username": "ana", "email": "ana@example.com", "password": PASSWORD, "role": "operator"}


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_someone_is_added_with_a_role_and_can_come_in(administrator: Client) -> None:
    administrator.post("/admin/people/new/", {**FORM, "screens": "1"})

    ana = User.objects.get(username="ana")
    assert (roles.role_of(ana), ana.is_staff) == (Role.OPERATOR, True)
    guest = Client()
    guest.post("/admin/login/", {"username": "ana@example.com", "password": PASSWORD})
    assert guest.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "12345678"}, "too common"),
        ({"password": "ana@example"}, "too similar"),
        ({"username": "a b"}, "valid username"),
        ({"username": ""}, "needs a user name"),
        ({"email": "nothing"}, "valid email"),
        ({"username": "Bruno"}, "Somebody is called Bruno already."),
        ({"email": "BRUNO@example.com"}, "Somebody is called"),
        ({"username": "bruno@example.com"}, "Somebody is called"),
    ],
)
def test_a_form_that_is_refused_says_why_and_keeps_what_was_typed(
    change: dict[str, str], said: str, administrator: Client
) -> None:
    UserFactory.create(username="bruno")
    before = User.objects.count()

    answer = administrator.post("/admin/people/new/", {**FORM, **change})

    page = answer.content.decode()
    assert (answer.status_code, User.objects.count()) == (400, before)
    assert said in page
    assert PASSWORD not in page
    assert not AuditEntry.objects.exists()


def test_no_password_and_no_token_is_in_the_audit_log(administrator: Client) -> None:
    ana = people.add(NewPerson("ana", "", PASSWORD, Role.VIEWER), COMMAND_LINE)
    administrator.post(f"/admin/people/{ana.pk}/password/", {"password": "another " + PASSWORD})
    row, token = tokens.make(ana, COMMAND_LINE)

    log = str(list(AuditEntry.objects.values()))
    assert AuditEntry.objects.count() == 3
    assert PASSWORD not in log
    assert token not in log
    assert row.token_key not in log
    assert row.digest not in log


def test_a_role_is_changed(administrator: Client) -> None:
    bruno = someone(Role.VIEWER)

    administrator.post(f"/admin/people/{bruno.pk}/role/", {"role": "operator", "screens": "1"})

    assert roles.role_of(User.objects.get(pk=bruno.pk)) == Role.OPERATOR
    details = AuditEntry.objects.get().details
    assert (details["before"], details["role"]) == ("viewer", "operator")


def test_whoever_is_switched_off_comes_in_no_more_and_has_no_tokens(
    administrator: Client,
) -> None:
    bruno = someone(Role.VIEWER)
    tokens.make(bruno, COMMAND_LINE)
    session, other = Client(), Client()
    session.force_login(bruno)
    other.force_login(someone(Role.VIEWER))

    asked = administrator.get(f"/admin/people/{bruno.pk}/deactivate/").content.decode()
    administrator.post(f"/admin/people/{bruno.pk}/deactivate/")

    assert "1 live token is revoked for good." in asked
    assert not User.objects.get(pk=bruno.pk).is_active
    assert not AuthToken.objects.exists()
    people.activate(bruno.pk, COMMAND_LINE)
    assert "_auth_user_id" not in session.session
    assert "_auth_user_id" in other.session


def test_whoever_is_switched_on_again_keeps_the_role(administrator: Client) -> None:
    bruno = someone(Role.OPERATOR)
    people.deactivate(bruno.pk, COMMAND_LINE)

    administrator.post(f"/admin/people/{bruno.pk}/activate/")

    bruno = User.objects.get(pk=bruno.pk)
    assert (bruno.is_active, roles.role_of(bruno)) == (True, Role.OPERATOR)


def come_in(name: str, password: str) -> int:
    body = {"email": name, "password": password}
    return Client().post("/api/auth/login", body, content_type="application/json").status_code


@pytest.fixture
def locked_out(settings: Settings) -> User:
    """Under the e-mail, as it was typed."""
    settings.AXES_FAILURE_LIMIT = 2
    bruno = someone(Role.VIEWER)
    bruno.set_password(PASSWORD)
    bruno.save()
    for _ in range(2):
        come_in(bruno.email.upper(), "forgotten")
    assert come_in(bruno.email.upper(), PASSWORD) == 429
    return bruno


def test_whoever_is_locked_out_is_let_in_again(administrator: Client, locked_out: User) -> None:
    before = administrator.get(f"/admin/people/{locked_out.pk}/").content.decode()

    administrator.post(f"/admin/people/{locked_out.pk}/let-in/")

    after = administrator.get(f"/admin/people/{locked_out.pk}/").content.decode()
    assert ("Let in again" in before, "Let in again" in after) == (True, False)
    assert come_in(locked_out.email.upper(), PASSWORD) == 200
    noted = AuditEntry.objects.get(action=AuditAction.ROW_CHANGED)
    assert noted.details["lockedOut"] is False


def test_a_new_password_lets_in_whoever_had_forgotten_the_old_one(
    administrator: Client, locked_out: User
) -> None:
    new = {"password": "another horse battery"}

    administrator.post(f"/admin/people/{locked_out.pk}/password/", new)

    assert come_in(locked_out.email.upper(), new["password"]) == 200


def test_the_others_who_are_locked_out_stay_so(administrator: Client, locked_out: User) -> None:
    administrator.post(f"/admin/people/{someone(Role.VIEWER).pk}/let-in/")

    assert come_in(locked_out.email.upper(), PASSWORD) == 429


@pytest.fixture
def carla() -> User:
    user = someone(Role.ADMINISTRATOR)
    user.is_staff = True
    user.save()
    return user


def test_the_last_administrator_stays(carla: User) -> None:
    # One that is switched off, and one who cannot use the screens, could not make another one.
    UserFactory.create(is_superuser=True, is_staff=True, is_active=False)
    someone(Role.ADMINISTRATOR)

    for command in (
        lambda: people.deactivate(carla.pk, COMMAND_LINE),
        lambda: people.change_role(carla.pk, Role.VIEWER, COMMAND_LINE),
        lambda: people.change_role(carla.pk, Role.ADMINISTRATOR, COMMAND_LINE, screens=False),
    ):
        with pytest.raises(LastAdministrator):
            command()

    carla = User.objects.get(pk=carla.pk)
    assert (carla.is_active, roles.role_of(carla)) == (True, Role.ADMINISTRATOR)
    assert not AuditEntry.objects.exists()


def test_of_two_administrators_one_may_go(carla: User) -> None:
    other = UserFactory.create(is_superuser=True, is_staff=True)

    people.change_role(other.pk, Role.VIEWER, Actor(carla, Face.ADMIN))

    other = User.objects.get(pk=other.pk)
    assert (other.is_superuser, roles.role_of(other)) == (False, Role.VIEWER)


def test_nobody_takes_their_own_access_away(carla: User) -> None:
    UserFactory.create(is_superuser=True, is_staff=True)
    oneself = Actor(carla, Face.ADMIN)

    for command in (
        lambda: people.deactivate(carla.pk, oneself),
        lambda: people.change_role(carla.pk, Role.VIEWER, oneself),
        lambda: people.set_password(carla.pk, PASSWORD, oneself),
    ):
        with pytest.raises(NotOnOneself):
            command()


def test_a_refusal_is_told_on_the_page(administrator: Client) -> None:
    bruno = someone(Role.VIEWER)

    answer = administrator.post(
        f"/admin/people/{bruno.pk}/password/", {"password": "1"}, follow=True
    )

    assert "too short" in told(answer)[0]


def test_a_name_is_taken_whatever_its_case() -> None:
    UserFactory.create(username="ana")

    with pytest.raises(NameRefused):
        people.add(NewPerson("ANA", "", PASSWORD, Role.VIEWER), COMMAND_LINE)


def test_the_list_shows_roles_states_and_how_many_tokens_live(administrator: Client) -> None:
    bruno = someone(Role.VIEWER)
    for _ in range(2):
        tokens.make(bruno, COMMAND_LINE)
    expired, _token = tokens.make(bruno, COMMAND_LINE)
    AuthToken.objects.filter(pk=expired.pk).update(expiry=timezone.now() - timedelta(hours=1))

    page = administrator.get(f"/admin/people/?search={bruno.username}").content.decode()

    assert "viewer" in page
    assert f'/admin/people/{bruno.pk}/#tokens">2<' in page


@pytest.mark.parametrize(("state", "found"), [("active", False), ("inactive", True)])
def test_people_are_found_by_state(state: str, found: bool, administrator: Client) -> None:
    gone = UserFactory.create(is_active=False)

    page = administrator.get(f"/admin/people/?state={state}").content.decode()

    assert (gone.username in page) == found


def test_the_list_takes_as_many_queries_for_many_as_for_one(administrator: Client) -> None:
    def queries() -> int:
        return queries_of(lambda: administrator.get("/admin/people/"))

    one = queries()
    for role in Role:
        tokens.make(someone(role), COMMAND_LINE)

    assert queries() == one


def test_one_token_is_revoked_or_all(administrator: Client) -> None:
    bruno = someone(Role.VIEWER)
    rows = [tokens.make(bruno, COMMAND_LINE)[0] for _ in range(3)]
    where = f"/admin/people/{bruno.pk}/tokens/revoke/"

    administrator.post(where, {"token": tokens.short(rows[0])})
    assert AuthToken.objects.count() == 2
    administrator.post(where, {"token": "all"})

    assert not AuthToken.objects.exists()
    assert AuditEntry.objects.filter(action="TOKEN_REVOKED").count() == 2


def test_nobody_elses_token_is_revoked(administrator: Client) -> None:
    bruno, ana = someone(Role.VIEWER), someone(Role.OPERATOR)
    row, _token = tokens.make(ana, COMMAND_LINE)

    for named in (tokens.short(row), "", "all"):
        administrator.post(f"/admin/people/{bruno.pk}/tokens/revoke/", {"token": named})

    assert AuthToken.objects.count() == 1


# --- One's own account ------------------------------------------------------------------------


def test_a_token_of_ones_own_opens_the_api_and_is_shown_once(viewer: Client) -> None:
    answer = viewer.post("/admin/account/tokens/", {"hours": "2"})

    token = answer.context["token"]
    assert token in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert token not in viewer.get("/admin/account/").content.decode()
    regions = Client().get(
        "/api/certification-queue/regions", headers={"authorization": f"Bearer {token}"}
    )
    assert regions.status_code == 200
    assert AuthToken.objects.get().expiry < timezone.now() + timedelta(hours=2, minutes=1)


@pytest.mark.parametrize("hours", ["0", "-1", "", "x", "87601", "999999999999", "٣"])
def test_a_lifetime_that_makes_no_sense_is_refused(hours: str, viewer: Client) -> None:
    answer = viewer.post("/admin/account/tokens/", {"hours": hours}, follow=True)

    assert "at least an hour" in told(answer)[0]
    assert not AuthToken.objects.exists()


def test_a_token_of_ones_own_is_revoked(viewer: Client) -> None:
    viewer.post("/admin/account/tokens/", {"hours": "2"})
    row = AuthToken.objects.get()

    viewer.post("/admin/account/tokens/revoke/", {"token": tokens.short(row)})

    assert not AuthToken.objects.exists()


def test_changing_ones_password_is_noted_without_it(viewer: Client) -> None:
    user = User.objects.get()
    user.set_password("the old password 1")
    user.save()
    viewer.force_login(user, backend="certification.accounts.EmailOrUsernameBackend")
    new = {"new_password1": PASSWORD, "new_password2": PASSWORD}

    refused = viewer.post("/admin/password_change/", {"old_password": "wrong", **new})
    noted = AuditEntry.objects.count()
    done = viewer.post("/admin/password_change/", {"old_password": "the old password 1", **new})

    assert (refused.status_code, noted, done.status_code) == (200, 0, 302)
    entry = AuditEntry.objects.get()
    assert (entry.subject, entry.details["fields"]) == (user.username, ["password"])


def test_users_are_read_in_their_table_and_changed_under_people(administrator: Client) -> None:
    bruno = someone(Role.VIEWER)
    form = {"username": "forged", "is_superuser": "on"}

    page = administrator.get(f"/admin/auth/user/{bruno.pk}/change/")
    answer = administrator.post(f"/admin/auth/user/{bruno.pk}/change/", form)

    assert (page.status_code, answer.status_code) == (200, 403)
    assert administrator.post(f"/admin/auth/user/{bruno.pk}/delete/").status_code == 403
    assert "pbkdf2" not in page.content.decode()


def test_signing_in_and_out_of_the_api_is_noted() -> None:
    ana = someone(Role.OPERATOR)
    ana.set_password(PASSWORD)
    ana.save()
    given = {"email": ana.email, "password": PASSWORD}
    client = Client()

    answer = client.post("/api/auth/login", given, content_type="application/json")
    token = answer.json()["data"]["token"]
    client.post("/api/auth/logout", headers={"authorization": f"Bearer {token}"})

    entries = AuditEntry.objects.order_by("action")
    assert [entry.action for entry in entries] == ["TOKEN_MADE", "TOKEN_REVOKED"]
    assert {(entry.user, entry.face) for entry in entries} == {(ana, "API")}


def test_a_note_is_cut_to_what_its_column_holds() -> None:
    audit.note(COMMAND_LINE, audit.AuditAction.ROW_ADDED, subject="x" * 300)

    assert len(AuditEntry.objects.get().subject) == audit.LONGEST_SUBJECT


@pytest.mark.django_db(transaction=True)
def test_of_two_who_are_added_at_once_with_one_e_mail_one_is(carla: User) -> None:
    def add(n: int) -> bool:
        try:
            people.add(NewPerson(f"{n}", "same@example.com", PASSWORD, Role.VIEWER), COMMAND_LINE)
        except NameRefused:
            return False
        return True

    assert sum(all_at_once(add)) == 1
