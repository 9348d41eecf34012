from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken
from pytest_django import Settings
from rest_framework.test import APIClient

from certification.accounts.roles import Role
from certification.models import AuditEntry
from certification.states import AuditAction
from tests.factories.certification import UserFactory, someone

pytestmark = pytest.mark.django_db

REGIONS = "/api/certification-queue/regions"


def login(client: APIClient, email: str, password: str) -> tuple[int, dict[str, Any]]:
    response = client.post("/api/auth/login", {"email": email, "password": password}, format="json")
    return response.status_code, response.json()


@pytest.fixture
def password() -> str:
    user = someone(Role.VIEWER)
    user.username, user.email = "carla", "carla@example.com"
    user.set_password("correct horse")
    user.save()
    return "correct horse"


@pytest.mark.parametrize("name", ["carla@example.com", "Carla@Example.com", "carla"])
def test_an_email_or_a_user_name_gets_a_token_that_opens_the_api(
    name: str, password: str, stranger: APIClient
) -> None:
    status, body = login(stranger, name, password)

    assert (status, body["status"]) == (200, "success")
    assert datetime.fromisoformat(body["data"]["expiresAt"]) > timezone.now() + timedelta(hours=1)
    stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {body['data']['token']}")
    assert stranger.get(REGIONS).status_code == 200


def test_the_token_is_not_in_the_database(password: str, stranger: APIClient) -> None:
    _status, body = login(stranger, "carla", password)

    assert body["data"]["token"] not in str(list(AuthToken.objects.values_list()))


@pytest.mark.parametrize(
    ("name", "given"),
    [("carla", "wrong"), ("nobody", "correct horse"), ("nobody@example.com", "x")],
)
def test_a_wrong_name_and_a_wrong_password_are_told_alike(
    name: str, given: str, password: str, stranger: APIClient
) -> None:
    status, body = login(stranger, name, given)

    assert (status, body["error"]["code"]) == (401, "invalid_credentials")


def test_who_was_switched_off_gets_no_token(password: str, stranger: APIClient) -> None:
    UserFactory._meta.model.objects.update(is_active=False)

    assert login(stranger, "carla", password)[0] == 401


def test_an_email_that_two_users_share_names_neither(password: str, stranger: APIClient) -> None:
    UserFactory.create(email="carla@example.com")

    assert login(stranger, "carla@example.com", password)[0] == 401


def test_missing_fields_are_told(stranger: APIClient) -> None:
    response = stranger.post("/api/auth/login", {}, format="json")

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "invalid")
    assert [field["field"] for field in error["details"]["fields"]] == ["email", "password"]


def test_a_token_that_has_expired_opens_nothing(password: str, stranger: APIClient) -> None:
    _status, body = login(stranger, "carla", password)
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {body['data']['token']}")

    response = stranger.get(REGIONS)

    assert (response.status_code, response.json()["status"]) == (401, "error")


def test_repeated_wrong_passwords_lock_the_account_out(
    password: str, stranger: APIClient, settings: Settings
) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    for _ in range(3):
        login(stranger, "carla", "wrong")

    status, body = login(stranger, "carla", password)

    assert (status, body["status"], body["error"]["code"]) == (429, "error", "locked_out")


def test_no_other_spelling_of_a_name_has_guesses_of_its_own(
    password: str, stranger: APIClient, settings: Settings
) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    for name in ("carla", "carla@example.com", "Carla@Example.COM"):
        login(stranger, name, "wrong")

    assert login(stranger, "CARLA@example.com", password)[0] == 429
    form = {"username": "carlA@example.com", "password": password}
    assert Client().post("/admin/login/", form).status_code == 429


def test_a_token_is_revoked_by_signing_out(password: str, stranger: APIClient) -> None:
    _status, body = login(stranger, "carla", password)
    stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {body['data']['token']}")

    assert stranger.post("/api/auth/logout").status_code == 204
    assert stranger.get(REGIONS).status_code == 401


def test_an_administrator_makes_and_revokes_a_token_for_a_service(
    carla: APIClient, stranger: APIClient
) -> None:
    service = someone(Role.VIEWER)

    made = carla.post("/api/auth/tokens", {"user": service.username, "days": 30}, format="json")
    assert made.status_code == 201
    stranger.credentials(HTTP_AUTHORIZATION=f"Bearer {made.json()['data']['token']}")
    assert stranger.get(REGIONS).status_code == 200

    entry = AuditEntry.objects.get(action=AuditAction.TOKEN_MADE, subject=service.username)
    (listed,) = [
        item
        for item in carla.get("/api/auth/tokens").json()["data"]
        if item["user"] == service.username
    ]
    assert listed["id"] == entry.details["token"]
    assert made.json()["data"]["id"] == listed["id"]
    assert carla.delete(f"/api/auth/tokens/{listed['id'][:4]}").status_code == 404
    assert carla.delete(f"/api/auth/tokens/{listed['id']}").status_code == 204
    assert stranger.get(REGIONS).status_code == 401
    assert carla.delete(f"/api/auth/tokens/{listed['id']}").status_code == 404
