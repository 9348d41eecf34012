"""Prompts, responses and secrets are never logged, whatever error occurs."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db.models.functions import Now

from certification.engine.errors import CallError, Category
from certification.models import Evidence, JobCertification
from certification.states import PairStatus
from certification.worker import run_pair
from config.log_format import Json
from models_registry.models import AIModel, Kind
from tests.factories.certification import PairFactory, WorkerFactory

pytestmark = pytest.mark.django_db
KEY = "AKIAIOSFODNN7EXAMPLE"


class Echo:
    """A transport that fails with the whole request and an AWS key in its error message."""

    endpoint = ""

    def __init__(self, kind: type[Exception] | Category) -> None:
        self.kind = kind
        self.request = ""

    def invoke(self, region: str, model_id: str, body: Any, seconds: float) -> Any:
        self.request = json.dumps(body)
        text = f"{KEY} may not ask {self.request}"
        if isinstance(self.kind, Category):
            raise CallError(self.kind, text, code="SomeException")
        raise self.kind(text)

    converse = converse_stream = invoke


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Category.THROTTLED, PairStatus.PENDING),
        (Category.ACCESS, PairStatus.BLOCKED),
        (RuntimeError, PairStatus.INCONCLUSIVE),
    ],
    ids=["retried", "failed", "an error of our own"],
)
def test_log_lines_name_their_pair_and_contain_nothing_of_the_request(
    caplog: pytest.LogCaptureFixture, kind: type[Exception] | Category, status: str
) -> None:
    caplog.handler.setFormatter(Json())
    caplog.set_level(logging.INFO)
    pair, model = PairFactory.create(), Echo(kind)
    AIModel.objects.update(kind=Kind.RERANK)
    JobCertification.objects.update(status=PairStatus.QUEUED, queued_at=Now())

    run_pair.run(pair.pk, WorkerFactory.create(), transport=model)

    pair.refresh_from_db()
    assert (pair.status, bool(model.request)) == (status, True)
    assert Evidence.objects.exists() is (status != PairStatus.PENDING)
    assert KEY not in caplog.text
    assert model.request[:60] not in caplog.text
    assert not any(word in caplog.text for word in ("query", "documents"))
    ours = [json.loads(line) for line in caplog.text.splitlines()]
    owners = [
        (line["pair"], line["job"], line["attempt"])
        for line in ours
        if line["logger"].startswith("certification.")
    ]
    assert owners, "nothing was logged"
    assert set(owners) == {(str(pair.pk), str(pair.job_id), 1)}
    for line in ours:
        if line["logger"].startswith("certification."):
            assert line["model"] == str(pair.model_id)
            assert line["apiModelId"] == pair.model.api_model_id
    identified = f"UUID={pair.model_id}, apiModelId={pair.model.api_model_id}"
    assert identified in ours[0]["message"]
