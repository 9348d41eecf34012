from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import translation
from pytest_django import Settings

from certification.engine import Certification
from certification.models import CertificationJob
from certification.queue import broker
from certification.worker import recording
from tests.factories.certification import WorkerFactory, take


@dataclass
class RecordedBroker:
    """A broker that only remembers what was rung; `depth` is what it says still waits."""

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


@pytest.fixture(autouse=True)
def _a_cache_of_its_own(settings: Settings, request: pytest.FixtureRequest) -> None:
    """So that what one test has cached or counted says nothing to another."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": request.node.nodeid}}


@pytest.fixture(autouse=True)
def _passwords_cost_nothing(settings: Settings) -> None:
    """Half a second each, so that nobody guesses many, would be most of what some tests take."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _in_english(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Unless a test asks for Portuguese, it reads the texts as they stand in the code."""
    settings.LANGUAGE_CODE = "en"
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _what_waits_for_the_commit_is_done(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test within one transaction never commits."""
    asked = request.node.get_closest_marker("django_db")
    if asked and not asked.kwargs.get("transaction"):
        monkeypatch.setattr(transaction, "on_commit", lambda act, *_args, **_kwargs: act())


@pytest.fixture(autouse=True)
def queued(monkeypatch: pytest.MonkeyPatch) -> RecordedBroker:
    recorded = RecordedBroker()
    for name in ("publish_job", "publish_pairs", "waiting_messages"):
        monkeypatch.setattr(broker, name, getattr(recorded, name))
    return recorded


def a_worker_that_finds(monkeypatch: pytest.MonkeyPatch, found: list[Certification]) -> None:
    """As soon as the bell rings for a job, its pairs are recorded with what is found."""
    worker = WorkerFactory.create()

    def carry_out(job: CertificationJob) -> None:
        for pair, certification in zip(job.certifications.all(), found, strict=True):
            claim = take(pair.pk, worker)
            assert claim is not None
            recording.record(claim, certification)

    monkeypatch.setattr(broker, "publish_job", carry_out)
