from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from knox.models import AuthToken
from rest_framework.test import APIClient

from certification.accounts.roles import Role
from tests.factories.certification import UserFactory, someone

from .declared import faults_of


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


@pytest.fixture(autouse=True)
def _as_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails each test of the API in which an answer is not as docs/openapi.yaml declares it."""
    request = APIClient.request

    def check(self: APIClient, **options: Any) -> Any:
        answer = request(self, **options)
        fault = faults_of(options["PATH_INFO"], options["REQUEST_METHOD"], answer)
        assert not fault, fault
        return answer

    monkeypatch.setattr(APIClient, "request", check)
