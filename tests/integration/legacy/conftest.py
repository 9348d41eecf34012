"""A database of the old system, and the registry that its rows refer to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models_registry.parse import CATALOGUE, read_catalogue
from models_registry.sync import load_catalogue
from tests.factories.old_database import OldDatabase, old_database


@pytest.fixture
def old() -> Iterator[OldDatabase]:
    with old_database() as made:
        yield made


@pytest.fixture
def _registry() -> None:
    load_catalogue(read_catalogue(CATALOGUE))
