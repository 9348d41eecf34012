from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from django.utils.translation import override
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient, APIRequestFactory

from certification.api.views import docs

pytestmark = pytest.mark.django_db

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml"


def test_the_committed_schema_is_the_code_s() -> None:
    with override("en"):
        generated = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]

    assert yaml.safe_load(COMMITTED.read_text()) == generated, "run `make schema` and commit it"


def test_the_schema_and_its_page_need_no_token_and_no_other_host(stranger: APIClient) -> None:
    assert stranger.get("/api/schema").status_code == 200
    page = stranger.get("/api/docs").content.decode()

    assert "swagger-ui" in page
    assert "://" not in page.replace("http://www.w3.org", "")


def test_requests_at_the_same_time_make_the_document_once(
    stranger: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs._document.cache_clear()
    made = []

    def make(_self: SchemaGenerator, **_: object) -> dict[str, str]:
        made.append(1)
        time.sleep(0.1)
        return {"openapi": "3.1.0"}

    monkeypatch.setattr(docs.SchemaGenerator, "get_schema", make)
    view = docs.SchemaView.as_view()

    with ThreadPoolExecutor(8) as threads:
        requests = [APIRequestFactory().get("/api/schema") for _ in range(8)]
        answers = list(threads.map(view, requests))
    docs._document.cache_clear()

    assert {answer.status_code for answer in answers} == {200}
    assert len(made) == 1


def test_every_operation_has_a_name_a_sentence_and_its_errors() -> None:
    document = yaml.safe_load(COMMITTED.read_text())
    names = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            names.append(operation["operationId"])
            assert operation["description"], (method, path)
            assert {"400", "401", "503"} <= set(operation["responses"]), path
    assert len(names) == len(set(names))
