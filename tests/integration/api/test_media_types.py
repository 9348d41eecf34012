"""Every endpoint answers each media type that docs/openapi.yaml declares for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db.models.functions import Now
from rest_framework.test import APIClient

from certification.models import DeadLetter, ModelCertification

from .test_lists import certified

pytestmark = pytest.mark.django_db

DOCUMENT = yaml.safe_load((Path(__file__).resolve().parents[3] / "docs/openapi.yaml").read_text())
QUEUE = "/api/certification-queue"
# What image proxies and browsers send for a picture.
OF_PICTURES = (
    "image/svg+xml",
    "image/*",
    "image/png,image/jpeg,image/gif",
    "image/avif,image/webp,image/apng,image/*;q=0.8",
    "text/html",
    "nonsense",
    "",
)


def declared() -> Iterator[tuple[str, str]]:
    for path, operations in DOCUMENT["paths"].items():
        answers = operations.get("get", {}).get("responses", {}).get("200", {})
        for types in answers.get("content", {}):
            yield path, types


@pytest.mark.parametrize(("path", "media_type"), list(declared()))
def test_what_is_declared_is_answered(path: str, media_type: str, carla: APIClient) -> None:
    job = certified(regions=2)
    pair = job.certifications.first()
    assert pair is not None
    dead_letter = DeadLetter.objects.create(
        certification=pair, error_category="THROTTLED", attempts=4, first_failed_at=Now()
    )
    values = {
        "job_id": job.pk,
        "certification_id": pair.pk,
        "model_id": pair.model.api_model_id,
        "region": pair.region_id,
        "format_name": "csv",
        "dead_letter_id": dead_letter.pk,
    }
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", str(value))
    query = {"regions": ",".join(job.regions)} if path.endswith("/compare") else {}

    response = carla.get(path, query, headers={"accept": media_type})

    assert response.status_code == 200, response.content


@pytest.mark.parametrize("accept", OF_PICTURES)
def test_a_badge_is_there_for_image_proxies(accept: str, stranger: APIClient) -> None:
    pair = certified().certifications.get()
    ModelCertification.objects.update(badge_public=True)
    badge = f"{QUEUE}/badge/{pair.model.api_model_id}/{pair.region_id}.svg"

    response = stranger.get(badge, headers={"accept": accept})

    assert (response.status_code, response["Content-Type"]) == (200, "image/svg+xml")


@pytest.mark.parametrize("path", ["badge/no.body/us-east-1.svg", "jobs/JOB/export.doc"])
def test_an_error_about_a_file_is_json(path: str, bruno: APIClient) -> None:
    path = path.replace("JOB", str(certified().pk))

    response: Any = bruno.get(f"{QUEUE}/{path}", headers={"accept": "image/svg+xml, text/csv"})

    assert (response.status_code, response["Content-Type"]) == (404, "application/json")
