from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.utils.translation import override
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

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


def test_every_operation_has_a_name_a_sentence_and_its_errors() -> None:
    document = yaml.safe_load(COMMITTED.read_text())
    names = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            names.append(operation["operationId"])
            assert operation["description"], (method, path)
            assert {"400", "401", "403", "404", "429"} <= set(operation["responses"]), path
    assert len(names) == len(set(names))
