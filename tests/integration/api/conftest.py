from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from knox.models import AuthToken
from rest_framework.test import APIClient

from tests.factories.certification import UserFactory, operator


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AuthToken.objects.create(user)[1]}")
    return client


@pytest.fixture
def ana() -> APIClient:
    """An operator: she may certify."""
    return client_of(operator())


@pytest.fixture
def bruno() -> APIClient:
    """Signed in, and may only read."""
    return client_of(UserFactory.create())


@pytest.fixture
def stranger() -> APIClient:
    return APIClient()
