from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .deployment import Deployment, running_deployment

QUICK = {
    # Low, so that most pairs of a job are still queued when the tests interfere.
    "CERTIFICATION_CONCURRENCY": "4",
    "WORKER_BEAT_SECONDS": "1",
    "WORKER_LOST_AFTER_SECONDS": "3",
    "REPUBLISH_AFTER_SECONDS": "2",
    "API_REQUESTS_PER_MINUTE": "1000000",
    "API_LOGINS_PER_MINUTE": "1000000",
}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with running_deployment(Path(tmp_path_factory.mktemp("deployment")), QUICK) as here:
        yield here


@pytest.fixture(autouse=True)
def only_its_own_processes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Ends what a test started, also if the test failed: the next one has the deployment too."""
    if "deployment" not in request.fixturenames:
        yield
        return
    here: Deployment = request.getfixturevalue("deployment")
    before = len(here.running)
    yield
    for process in here.running[before:]:
        here.kill(process)
