"""Every answer that docs/openapi.yaml declares is given.

The other way round, conftest.py holds each answer of each test to the document.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NoReturn
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.db.models.functions import Now
from django.test import override_settings
from jsonschema import Draft202012Validator
from knox.auth import TokenAuthentication
from knox.models import AuthToken
from rest_framework.test import APIClient

from certification.accounts import tokens
from certification.api.throttling import Counted
from certification.api.views import tokens as token_views
from certification.engine import Category, Verdict
from certification.jobs import opening
from certification.models import CertificationJob, DeadLetter, JobCertification
from certification.worker import recording
from tests.factories.certification import UserFactory, offered, result, take

from .declared import DOCUMENT, operations

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_only]

KEY = "Idempotency-Key"
# Streams, which tests of live updates read (test_events.py).
STREAM = "followJob"
Call = Callable[..., Any]


class Rows:
    """A job that has ended with a failed pair, one that waits, and what operations name."""

    def __init__(self) -> None:
        (self.model,), (self.region,) = offered()
        self.job = opening.open_for_models([self.model], [self.region]).job
        claim = take(self.job.certifications.get().pk)
        assert claim is not None
        recording.record(claim, result(Verdict.FAILED, 10.0, Category.ACCESS))
        self.pair: JobCertification = self.job.certifications.get()
        (other,), (elsewhere,) = offered()
        self.waiting = opening.open_for_models([other], [elsewhere]).job
        self.dead_letter = DeadLetter.objects.create(
            certification=self.pair, error_category="THROTTLED", attempts=4, first_failed_at=Now()
        )
        self.user = UserFactory.create()

    def body(self, operation: str, *, known: bool = True) -> dict[str, Any] | None:
        model = self.model if known else "no.body"
        dead_letters = [str(self.dead_letter.pk if known else uuid4())]
        one = {"modelId": model, "region": self.region}
        bodies: dict[str, dict[str, Any]] = {
            "login": {"email": self.user.username, "password": "right"},
            "createToken": {"user": self.user.username if known else "nobody@example.com"},
            "certify": one,
            "certifyModel": one,
            "certifyMultiple": {"modelIds": [model], "regions": [self.region]},
            "certifyAll": {"regions": [self.region]},
            "recertify": {"modelIds": [model]},
            "retryFailed": {},
            "requeueDeadLetters": {"deadLetterIds": dead_letters},
            "dismissDeadLetters": {"deadLetterIds": dead_letters},
            "setLimit": {"limit": 4},
            "setBadgeVisibility": {"public": True},
        }
        return bodies.get(operation)

    def job_for(self, operation: str) -> CertificationJob:
        if operation == "resumeJob":
            CertificationJob.objects.filter(completed_at=None, pk=self.waiting.pk).update(
                status="PAUSED"
            )
        return self.waiting if operation in ("cancelJob", "pauseJob", "resumeJob") else self.job

    def path(self, template: str, operation: str, *, known: bool = True) -> str:
        row = AuthToken.objects.create(self.user)[0]
        parts = {
            "job_id": self.job_for(operation).pk if known else uuid4(),
            "certification_id": self.pair.pk,
            "model_id": self.model if known else "no.body",
            "region": self.region if known else "mars-1",
            "format_name": "csv" if known else "doc",
            "dead_letter_id": self.dead_letter.pk if known else uuid4(),
            "token_id": tokens.short(row) if known else "00000000",
        }
        return re.sub(r"\{(\w+)\}", lambda found: str(parts[found[1]]), template)

    def query(self, operation: str, *, known: bool = True) -> str:
        models = f"{self.model},{self.waiting.model_ids[0]}" if known else "no.body,no.one"
        return {
            "compare": f"?models={models}",
            "listCertifications": "" if known else "?modelId=no.body",
            "exportCertifications": "" if known else "?modelId=no.body",
        }.get(operation, "")


@pytest.fixture
def rows() -> Rows:
    return Rows()


def away(*_args: object, **_more: object) -> NoReturn:
    raise OperationalError("the connection is closed")


@pytest.mark.parametrize(
    ("template", "method", "operation"),
    [
        pytest.param(*one, id=one[2]["operationId"])
        for one in operations()
        if one[2]["operationId"] != STREAM
    ],
)
def test_every_declared_status_is_seen(
    template: str,
    method: str,
    operation: dict[str, Any],
    rows: Rows,
    carla: APIClient,
    nobody: APIClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    carla.raise_request_exception = False
    name = operation["operationId"]
    declared = set(operation["responses"])
    rows.user.set_password("right")
    rows.user.save()
    seen: set[str] = set()

    def call(
        client: APIClient, *, known: bool = True, query: str | None = None, **more: Any
    ) -> Any:
        query = rows.query(name, known=known) if query is None else query
        options = {"format": "json", **more}
        path = rows.path(template, name, known=known) + query
        data = options.pop("data", rows.body(name, known=known))
        answer = getattr(client, method)(path, data, **options)
        seen.add(str(answer.status_code))
        return answer

    call(carla, query="?regoin=x")
    wrong = APIClient()
    wrong.credentials(HTTP_AUTHORIZATION="Bearer hml_wrong")
    call(wrong, **({"data": {"email": "x", "password": "wrong"}} if name == "login" else {}))
    call(nobody)
    if "404" in declared:
        call(carla, known=False)
    call(carla, headers={"accept": "text/html"})
    if "requestBody" in operation:
        call(carla, data="x", format=None, content_type="text/plain")
        with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1):
            call(carla)
    with monkeypatch.context() as busy:
        busy.setattr(Counted, "allow_request", lambda *_: False)
        busy.setattr(Counted, "wait", lambda *_: 7)
        call(carla)
    with monkeypatch.context() as broken:
        broken.setattr(TokenAuthentication, "authenticate_credentials", away)
        broken.setattr(token_views, "authenticate", away)
        call(carla)
    done = call(carla, headers={KEY: "one"})
    if "ETag" in done.headers:
        call(carla, headers={"if-none-match": done.headers["ETag"]})
    if "409" in declared:
        if name == "requeueDeadLetters":
            call(carla)
        elif name.endswith("Job"):
            CertificationJob.objects.update(status="COMPLETED", completed_at=Now())
            call(carla)
        elif name == "retryFailed":
            call(carla, headers={KEY: "one"}, data={"certificationIds": [str(rows.pair.pk)]})
        else:
            body = rows.body(name) or {}
            call(carla, headers={KEY: "one"}, data={**body, "config": {"probeUnoffered": True}})

    assert seen == declared


def test_the_example_of_each_body_is_valid() -> None:
    for _path, _method, operation in operations():
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            Draft202012Validator({**DOCUMENT, **content["schema"]}).validate(content["example"])
