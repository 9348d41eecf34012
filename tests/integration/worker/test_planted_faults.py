"""Each planted fault gets its verdict: through the REST API, the queue, a worker and real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest
from django.db.models.functions import Now
from pytest_django import Settings
from rest_framework.test import APIClient

from certification.accounts.roles import Role
from certification.engine import transport
from certification.models import JobCertification, Worker
from certification.queue import admission
from certification.states import OPEN_PAIR
from certification.worker import run_pair
from models_registry.parse import read_catalogue
from models_registry.sync import load_catalogue
from tests.factories.certification import WorkerFactory, someone
from tests.planted import PLANTED, Planted, differences

# What the database has no part in runs once.
pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_only]

QUEUE = "/api/certification-queue"


@pytest.fixture(scope="module", autouse=True)
def _registry(once: AbstractContextManager[None]) -> None:
    """The catalogue's entries of the planted models."""
    catalogue = read_catalogue()
    used = {row.model for row in PLANTED}
    models = tuple(model for model in catalogue.models if model.api_model_id in used)
    with once:
        load_catalogue(replace(catalogue, models=models))


@pytest.fixture(autouse=True)
def _aws(settings: Settings, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """AWS's mode, with the simulator in AWS's place, and hardly a pause between two tries."""
    settings.BEDROCK = "aws"
    settings.BEDROCK_ENDPOINT = settings.BEDROCK_CONTROL_ENDPOINT = endpoint
    settings.CERTIFICATION_MAX_RETRIES = 1
    monkeypatch.setattr(transport, "MAX_BACKOFFS", (0.01, 0.01))
    run_pair.bedrock.cache_clear()
    yield
    run_pair.bedrock.cache_clear()


@pytest.fixture
def worker() -> Worker:
    return WorkerFactory.create()


@pytest.fixture
def operator() -> APIClient:
    client = APIClient()
    client.force_authenticate(someone(Role.OPERATOR))
    return client


def carried_out(pair: JobCertification, worker: Worker) -> list[float]:
    """Runs a pair to its end. Returns the waits between its attempts in seconds."""
    waits: list[float] = []
    while pair.status in OPEN_PAIR:
        admission.admit()
        run_pair.run(pair.pk, worker)
        pair.refresh_from_db()
        if pair.status in OPEN_PAIR:
            assert pair.started_at is not None
            waits.append((pair.due_at - pair.started_at).total_seconds())
            JobCertification.objects.filter(pk=pair.pk).update(due_at=Now())
    return waits


@pytest.mark.parametrize("row", PLANTED, ids=lambda row: row.name)
def test_a_planted_fault_gets_its_verdict(
    row: Planted,
    operator: APIClient,
    worker: Worker,
    simulator_api: Callable[..., Any],
    settings: Settings,
) -> None:
    if row.seconds:
        settings.CERTIFICATION_TIMEOUT = round(row.seconds * 1000)
    simulator_api("PUT", "faults", row.rules)
    body = {"modelId": row.model, "region": row.region}
    opened = operator.post(f"{QUEUE}/certify-model", body, format="json")
    assert opened.status_code == 201, opened.content

    waits = carried_out(JobCertification.objects.get(), worker)

    (found,) = operator.get(f"{QUEUE}/certifications").json()["data"]["certifications"]
    assert not differences(row, found)
    assert found["endpoint"] == settings.BEDROCK_ENDPOINT
    if row.attempts:
        assert len(waits) + 1 == row.attempts
    if row.waits:
        assert row.waits <= waits[0] <= row.waits + 60
