"""Who may listen to a job's events, and what who may not is told. The events are in ../live."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from knox.models import AuthToken

from tests.factories.certification import JobFactory, PairFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def path(job_id: object) -> str:
    return f"/api/certification-queue/jobs/{job_id}/events"


@pytest.fixture
def viewer() -> User:
    viewer = UserFactory.create()
    viewer.user_permissions.add(Permission.objects.get(codename="view_certificationjob"))
    return viewer


def by_token(user: User) -> Client:
    # Not by the asynchronous client: that one would wait for the end of the stream.
    return Client(
        enforce_csrf_checks=True,
        headers={"Authorization": f"Bearer {AuthToken.objects.create(user)[1]}"},
    )


def by_session(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="certification.accounts.EmailOrUsernameBackend")
    return client


@pytest.mark.parametrize("sign_in", [by_token, by_session])
def test_a_token_and_a_session_are_both_let_in(viewer: User, sign_in: object) -> None:
    assert callable(sign_in)

    response = sign_in(viewer).get(path(PairFactory.create().job.pk))

    assert response.status_code == 200


def test_a_slash_at_the_end_makes_no_difference(viewer: User) -> None:
    assert by_token(viewer).get(path(JobFactory.create().pk) + "/").status_code == 200


def test_a_wsgi_server_gives_the_state_at_once_for_its_readers_to_come_back(viewer: User) -> None:
    pair = PairFactory.create()

    response = by_token(viewer).get(path(pair.job.pk))

    assert response["Content-Type"] == "text/event-stream"
    lines = response.content.decode().splitlines()
    assert lines[0] == "retry: 2000"
    assert lines[2] == "event: job"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "not_authenticated"),
        ({"Authorization": "Bearer hml_made_up"}, "authentication_failed"),
        ({"Authorization": "Bearer"}, "authentication_failed"),
        ({"Authorization": "Basic cm9vdDpyb290"}, "not_authenticated"),
    ],
)
def test_a_stranger_is_refused_in_the_envelope(headers: dict[str, str], code: str) -> None:
    response = Client(headers=headers).get(path(JobFactory.create().pk))

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.json()["status"] == "error"
    assert response.json()["error"]["code"] == code


@pytest.mark.parametrize("sign_in", [by_token, by_session])
def test_an_account_without_a_role_is_refused(sign_in: object) -> None:
    assert callable(sign_in)

    response = sign_in(UserFactory.create()).get(path(JobFactory.create().pk))

    assert response.status_code == 403
    assert response.json()["error"]["code"] == "permission_denied"


def test_an_unknown_job_is_told(viewer: User) -> None:
    unknown = uuid4()

    response = by_token(viewer).get(path(unknown))

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "job_not_found"
    assert response.json()["error"]["details"] == {"jobId": str(unknown)}


def test_events_can_only_be_read(viewer: User) -> None:
    response = by_token(viewer).post(path(JobFactory.create().pk))

    assert response.status_code == 405
    assert response["Allow"] == "GET"
    assert response.json()["error"]["code"] == "method_not_allowed"
