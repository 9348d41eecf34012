"""What is asked and answered stays in the records, whatever goes wrong with it."""

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
    """Fails with all that it was asked in its error, and a key beside it."""

    def __init__(self, kind: type[Exception] | Category) -> None:
        self.kind = kind
        self.asked = ""

    def invoke(self, region: str, model_id: str, body: Any, seconds: float) -> Any:
        self.asked = json.dumps(body)
        text = f"{KEY} may not ask {self.asked}"
        if isinstance(self.kind, Category):
            raise CallError(self.kind, text, code="SomeException")
        raise self.kind(text)

    converse = converse_stream = invoke


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Category.THROTTLED, PairStatus.PENDING),
        (Category.ACCESS, PairStatus.FAILED),
        (RuntimeError, PairStatus.INCONCLUSIVE),
    ],
    ids=["tried again", "failed", "a fault of ours"],
)
def test_the_log_of_a_pair_says_whose_it_is_and_nothing_of_what_was_asked(
    caplog: pytest.LogCaptureFixture, kind: type[Exception] | Category, status: str
) -> None:
    caplog.handler.setFormatter(Json())
    caplog.set_level(logging.INFO)
    pair, model = PairFactory.create(), Echo(kind)
    AIModel.objects.update(kind=Kind.RERANK)
    JobCertification.objects.update(status=PairStatus.QUEUED, queued_at=Now())

    run_pair.run(pair.pk, WorkerFactory.create(), transport=model)

    pair.refresh_from_db()
    assert (pair.status, bool(model.asked)) == (status, True)
    assert Evidence.objects.exists() is (status != PairStatus.PENDING)
    assert KEY not in caplog.text
    assert model.asked[:60] not in caplog.text
    assert not any(word in caplog.text for word in ("query", "documents"))
    ours = [json.loads(line) for line in caplog.text.splitlines()]
    whose = [
        (line["pair"], line["job"], line["attempt"])
        for line in ours
        if line["logger"].startswith("certification.")
    ]
    assert whose, "nothing was logged"
    assert set(whose) == {(str(pair.pk), str(pair.job_id), 1)}
