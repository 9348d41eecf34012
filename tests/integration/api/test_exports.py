from __future__ import annotations

import csv
import io

import pytest
from rest_framework.test import APIClient

from certification.exports import FORMATS
from certification.jobs import opening
from tests.factories.certification import StandingFactory, offered

pytestmark = pytest.mark.django_db

QUEUE = "/api/certification-queue"


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_job_and_the_standings_are_had_in_each_format(format_name: str, bruno: APIClient) -> None:
    job = opening.open_for_models(*offered(models=2)).job

    for path in (f"jobs/{job.pk}/export", "certifications/export"):
        answer = bruno.get(f"{QUEUE}/{path}.{format_name}")

        assert answer.status_code == 200
        assert answer["Content-Type"] == FORMATS[format_name].content_type
        extension = FORMATS[format_name].extension
        assert answer["Content-Disposition"].endswith(f'.{extension}"')
        assert b"".join(answer.streaming_content)


def test_the_standings_are_filtered_as_in_their_list(bruno: APIClient) -> None:
    StandingFactory.create(status="FAILED")
    StandingFactory.create(status="CERTIFIED")

    answer = bruno.get(f"{QUEUE}/certifications/export.csv", {"status": "FAILED"})

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 2


def test_an_unknown_format_is_told(bruno: APIClient) -> None:
    answer = bruno.get(f"{QUEUE}/certifications/export.doc")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_format")
