from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certification.accounts.roles import Role
from tests.factories.certification import UserFactory, someone


def signed_in(role: Role | None) -> Client:
    user = someone(role) if role else UserFactory.create()
    user.is_staff = True
    user.save()
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="certification.accounts.EmailOrUsernameBackend")
    return client


@pytest.fixture
def viewer() -> Client:
    return signed_in(Role.VIEWER)


@pytest.fixture
def operator() -> Client:
    return signed_in(Role.OPERATOR)


@pytest.fixture
def administrator() -> Client:
    return signed_in(Role.ADMINISTRATOR)


@pytest.fixture
def without_a_role() -> Client:
    return signed_in(None)


def queries_of(look: Callable[[], object]) -> int:
    """How many statements it takes to look at something."""
    with CaptureQueriesContext(connection) as seen:
        look()
    return len(seen)
