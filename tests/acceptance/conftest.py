from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .deployment import House, house

QUICK = {
    # Few, so that most of a job still stands in the queue when something happens.
    "CERTIFICATION_CONCURRENCY": "4",
    "WORKER_BEAT_SECONDS": "1",
    "WORKER_LOST_AFTER_SECONDS": "3",
    "REPUBLISH_AFTER_SECONDS": "2",
    "API_REQUESTS_PER_MINUTE": "1000000",
    "API_LOGINS_PER_MINUTE": "1000000",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(Path(tmp_path_factory.mktemp("house")), QUICK) as here:
        yield here
