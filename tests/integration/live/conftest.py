from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Permission
from knox.models import AuthToken

from certification.models import CertificationJob
from tests.factories.certification import UserFactory
from tests.integration.live.streams import Server, Stream, path_of

Listen = Callable[..., Stream]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def listen(transactional_db: None, server: Server) -> Listen:
    """Returns a function that connects a viewer to a job's events; headers as keyword arguments
    (`_` for `-`)."""
    # Not by a role: the roles' groups are deleted after the first transactional test.
    viewer = UserFactory.create()
    viewer.user_permissions.add(Permission.objects.get(codename="view_certificationjob"))
    token = AuthToken.objects.create(viewer)[1]

    def connect(job: CertificationJob, **headers: str) -> Stream:
        return server.connect(path_of(job), authorization=f"Bearer {token}", **headers)

    return connect
