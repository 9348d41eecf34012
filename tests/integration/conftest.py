from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings

from certification.engine import Certification
from certification.exports import slots
from certification.models import CertificationJob
from certification.queue import broker
from certification.worker import recording
from tests.factories.certification import WorkerFactory, take


@dataclass
class RecordedBroker:
    """A broker that only records what was published.

    `depth` is what waiting_messages() returns; `broken`, if set, is raised when publishing.
    """

    jobs: list[UUID] = field(default_factory=list)
    pairs: list[UUID] = field(default_factory=list)
    depth: int = 0
    broken: Exception | None = None

    def publish_job(self, job: CertificationJob) -> None:
        if self.broken:
            raise self.broken
        self.jobs.append(job.pk)

    def publish_pairs(self, pair_ids: list[UUID]) -> None:
        if self.broken:
            raise self.broken
        self.pairs.extend(pair_ids)

    def waiting_messages(self) -> int:
        return self.depth


@pytest.fixture(scope="module")
def once(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[AbstractContextManager[None]]:
    """Rows made `with once:` by a fixture of a module are there for all its tests, each of which
    undoes only its own changes. Not for modules with tests that commit."""
    outer = transaction.atomic()
    with django_db_blocker.unblock():
        outer.__enter__()
    yield django_db_blocker.unblock()
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _isolated_cache(settings: Settings, request: pytest.FixtureRequest) -> None:
    """Isolates what tests cache, and their rate limits."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": request.node.nodeid}}


@pytest.fixture(autouse=True)
def _no_exports_of_others() -> None:
    """Frees the slots of exports whose answers a test before did not read."""
    slots._slots.clear()


@pytest.fixture(autouse=True)
def _fast_password_hash(settings: Settings) -> None:
    """Uses a fast hash: the real one takes half a second per password, by design."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _in_english(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Activates English, the language of the texts in the code; tests activate Portuguese."""
    settings.LANGUAGE_CODE = "en"
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _on_commit_runs_at_once(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs on_commit callbacks at once: a test inside a transaction never commits."""
    marker = request.node.get_closest_marker("django_db")
    if marker and not marker.kwargs.get("transaction"):
        monkeypatch.setattr(
            transaction, "on_commit", lambda callback, *_args, **_kwargs: callback()
        )


@pytest.fixture(autouse=True)
def queued(monkeypatch: pytest.MonkeyPatch) -> RecordedBroker:
    recorded = RecordedBroker()
    for name in ("publish_job", "publish_pairs", "waiting_messages"):
        monkeypatch.setattr(broker, name, getattr(recorded, name))
    return recorded


def record_results_when_published(
    monkeypatch: pytest.MonkeyPatch, found: list[Certification]
) -> None:
    """Records the given results for the pairs of each job as soon as it is published."""
    worker = WorkerFactory.create()

    def carry_out(job: CertificationJob) -> None:
        for pair, certification in zip(job.certifications.all(), found, strict=True):
            claim = take(pair.pk, worker)
            assert claim is not None
            recording.record(claim, certification)

    monkeypatch.setattr(broker, "publish_job", carry_out)
