from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from knox.models import AuthToken
from rest_framework.test import APIClient

from certification.accounts.roles import Role
from tests.factories.certification import UserFactory, someone


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AuthToken.objects.create(user)[1]}")
    return client


@pytest.fixture
def ana() -> APIClient:
    """An operator: she may certify."""
    return client_of(someone(Role.OPERATOR))


@pytest.fixture
def bruno() -> APIClient:
    """A viewer: he may only read."""
    return client_of(someone(Role.VIEWER))


@pytest.fixture
def carla() -> APIClient:
    """An administrator."""
    return client_of(someone(Role.ADMINISTRATOR))


@pytest.fixture
def nobody() -> APIClient:
    """Signed in, without any role."""
    return client_of(UserFactory.create())


@pytest.fixture
def stranger() -> APIClient:
    return APIClient()
