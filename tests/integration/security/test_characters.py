"""Characters that cannot be stored are refused wherever a request may hold them."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from certification.accounts.roles import Role
from certification.admin.screens import SCREENS
from tests.factories.certification import someone
from tests.integration.api.conftest import client_of

pytestmark = pytest.mark.django_db
QUEUE = "/api/certification-queue"
BODIES = (
    '{"\\ud800": 1}',
    '{"\\u0000": 1}',
    '{"email": "\\udfff", "password": "x"}',
    '{"email": "a", "password": "\\ud800"}',
    '{"email": "a\\u0000", "password": "x"}',
    '{"email": {"a": [{"\\udc00": 1}]}, "password": 1}',
    '["\\ud800"]',
    '"\\ud800"',
)
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def root() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("root", "root@example.com", "x"))
    return client


@pytest.mark.parametrize("body", BODIES)
def test_bodies(body: str) -> None:
    strange = Client(raise_request_exception=False)
    ana = client_of(someone(Role.ADMINISTRATOR))
    ana.raise_request_exception = False
    paths = ("certify-model", "certify-multiple", "recertify", "dead-letters/requeue")

    answers = [
        strange.post("/api/auth/login", body, content_type="application/json"),
        ana.post("/api/auth/tokens", body, content_type="application/json"),
        *(ana.post(f"{QUEUE}/{path}", body, content_type="application/json") for path in paths),
    ]

    assert {(answer.status_code, answer.json()["error"]["code"]) for answer in answers} == {
        (400, "parse_error")
    }


def test_a_whole_pair_of_surrogates_is_a_character() -> None:
    body = json.dumps({"email": "\N{GRINNING FACE}", "password": "x"})

    answer = Client().post("/api/auth/login", body, content_type="application/json")

    assert "\\ud83d" in body
    assert answer.json()["error"]["code"] == "invalid_credentials"


@pytest.mark.parametrize("charset", ["unicode_escape", "raw_unicode_escape", "utf-7", "utf-16"])
def test_charsets_that_decode_to_them(charset: str, root: Client) -> None:
    odd = f"{FORM}; charset={charset}"

    for answer in (
        root.get(f"{QUEUE}/models?search=%5Cud800", headers={"content-type": odd}),
        root.post("/admin/login/", b"username=%5Cud800&password=x", content_type=odd),
        root.post("/api/auth/login", b"{}", content_type=f"application/json; charset={charset}"),
    ):
        assert answer.status_code == 400


def _path(path: str) -> str:
    path = re.sub(r"<uuid:\w+>", "00000000-0000-0000-0000-000000000000", path)
    return re.sub(r"<[^>]+>", "1", path)


@pytest.mark.parametrize(
    "path",
    [
        *(f"/admin/{_path(screen.path)}" for screen in SCREENS),
        "/admin/login/",
        "/admin/logout/",
        "/admin/password_change/",
        "/admin/auth/group/add/",
        "/admin/certification/schedule/add/",
        "/language/setlang/",
    ],
)
def test_forms(path: str, root: Client) -> None:
    multipart = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\na\0\r\n--x--\r\n'

    answers = [
        root.post(path, b"username=a%00&name=%00", content_type=FORM),
        root.post(path, b"%00=1", content_type=FORM),
        root.post(path, multipart, content_type="multipart/form-data; boundary=x"),
    ]

    assert {answer.status_code for answer in answers} == {400}


@pytest.mark.parametrize("key", ["\ud800", "a\0b", "\x7f"])
def test_idempotency_keys(key: str) -> None:
    ana = client_of(someone(Role.OPERATOR))
    ana.raise_request_exception = False

    answer = ana.post(f"{QUEUE}/certify-all", {}, format="json", HTTP_IDEMPOTENCY_KEY=key)

    assert answer.status_code == 400


@pytest.mark.parametrize("key", ["abc", "9" * 20, "-1", "1.5", ""])
def test_ticked_rows_that_are_no_rows(key: str, root: Client) -> None:
    form = {"action": "delete_selected", "_selected_action": key, "post": "yes"}

    assert root.post("/admin/auth/group/", form).status_code < 500
