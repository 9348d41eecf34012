"""Hostile and malformed requests, and the security headers of every answer."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import AsyncClient, Client
from pytest_django import Settings
from rest_framework.settings import api_settings
from rest_framework.throttling import ScopedRateThrottle

from certification.admin.screens import SCREENS

pytestmark = pytest.mark.django_db

LOGIN = "/api/auth/login"
WITHOUT_ID = [screen.path for screen in SCREENS if "<" not in screen.path]


@pytest.fixture
def root() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("root", "root@example.com", "x"))
    return client


def post(path: str, body: bytes, **headers: str) -> tuple[int, str]:
    client = Client(raise_request_exception=False)
    answer = client.post(path, body, content_type="application/json", headers=headers)
    return answer.status_code, answer.json()["error"]["code"]


def test_a_body_that_is_too_large_is_refused_unread(settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    assert post(LOGIN, b'{"email": "' + b"x" * 1000 + b'"}') == (413, "too_large")


def test_a_token_that_is_no_text_opens_nothing() -> None:
    assert post(LOGIN, b"{}", Authorization="Bearer \xe9") == (401, "authentication_failed")


@pytest.mark.parametrize("address", ["x", "10.0.0.1, 10.0.0.2", "unix:"])
def test_what_is_no_address_counts_as_one_client(address: str) -> None:
    for n in range(9):
        client = Client(REMOTE_ADDR=address, raise_request_exception=False)
        answer = client.post(
            LOGIN, {"email": "root", "password": f"wrong {n}"}, content_type="application/json"
        )

    assert answer.json()["error"]["code"] == "locked_out"


def test_a_body_that_is_nested_too_deeply_is_refused() -> None:
    assert post(LOGIN, b"[" * 100_000) == (400, "parse_error")


def test_addresses_in_a_header_do_not_reset_the_rate_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        ScopedRateThrottle,
        "THROTTLE_RATES",
        {**api_settings.DEFAULT_THROTTLE_RATES, "login": "2/min"},
    )

    answers = [
        post(
            LOGIN,
            f'{{"email": "{n}@x.y", "password": "?"}}'.encode(),
            **{"X-Forwarded-For": f"10.0.0.{n}"},
        )
        for n in range(3)
    ]

    assert [status for status, _code in answers] == [401, 401, 429]


def test_locking_out_counts_by_the_address_that_the_server_saw(settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 2

    answers = [
        post(LOGIN, b'{"email": "a@x.y", "password": "?"}', **{"X-Forwarded-For": f"10.0.0.{n}"})
        for n in range(3)
    ]

    assert answers[-1] == (429, "locked_out")


@pytest.mark.parametrize("path", ["models/%00", "models?search=%00", "badge/a%00/us-east-1.svg"])
def test_a_nul_in_an_address_of_the_api_is_refused(path: str) -> None:
    answer = Client().get(f"/api/certification-queue/{path}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_a_nul_in_an_address_of_the_screens_is_refused(root: Client) -> None:
    assert root.get("/admin/people/", {"search": "a\0"}).status_code == 400
    # "%00" as text (a percent sign and two zeros) is a valid search.
    assert root.get("/admin/people/", {"search": "%00"}).status_code == 200


@pytest.mark.parametrize("path", WITHOUT_ID)
def test_no_screen_stumbles_over_the_end_of_the_calendar_or_over_large_numbers(
    path: str, root: Client
) -> None:
    odd = {"since": "0001-01-01", "until": "9999-12-31", "page": "9" * 30, "days": "-" + "9" * 30}

    assert root.get(f"/admin/{path}", odd).status_code < 500


@pytest.mark.parametrize("path", ["/admin/login/", "/api/certification-queue/matrix", "/nowhere"])
def test_every_answer_has_the_security_headers(path: str) -> None:
    answer = Client().get(path)

    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    policy = answer["Content-Security-Policy"]
    assert {
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    } <= {part.strip() for part in policy.split(";")}
    assert "unsafe" not in policy


def test_so_does_an_answer_of_the_asynchronous_server() -> None:
    answer = async_to_sync(AsyncClient().get)("/api/docs")

    assert "camera=()" in answer["Permissions-Policy"]


def test_answers_of_the_api_are_kept_nowhere() -> None:
    for path in ("auth/tokens", "certification-queue/history", "nowhere"):
        assert Client().get(f"/api/{path}")["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer hml_x"}])
def test_the_api_refuses_what_came_in_the_clear_instead_of_redirecting_it(
    headers: dict[str, str], settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^api/"]

    answer = Client(headers=headers).get("/api/certification-queue/history?limit=1")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "https_required")
    assert Client().get("/admin/login/").status_code == 301
    secure = Client(headers=headers).get("/api/certification-queue/history", secure=True)
    assert secure.status_code == 401
