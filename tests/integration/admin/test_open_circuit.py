"""A pair whose region's circuit is open is shown with the verdict that still holds, as in the API:
stale, and not as running."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client

from certification import queries
from certification.jobs import opening
from certification.models import CircuitBreaker, ModelCertification
from tests.integration.admin.html import without_layout
from tests.integration.api.test_lists import certified

pytestmark = pytest.mark.django_db

QUEUED = "status-QUEUED"


@pytest.fixture
def standing() -> ModelCertification:
    """Of a certified pair that is being certified again."""
    job = certified()
    opening.open_for_models(job.model_ids, job.regions)
    return ModelCertification.objects.get()


def page(client: Client, path: str) -> str:
    answer = client.get(f"/admin/{path}")
    assert answer.status_code == 200
    return without_layout(answer.content)


def table(html: str) -> str:
    return html.split('id="standings"')[1].split("</section>")[0]


@pytest.mark.parametrize("kind", ["models", "regions"])
def test_the_pages_of_a_model_and_a_region(
    kind: str, standing: ModelCertification, viewer: Client
) -> None:
    path = f"{kind}/{standing.model_id if kind == 'models' else standing.region_id}/"
    assert QUEUED in table(page(viewer, path))
    assert "status-CERTIFIED" not in table(page(viewer, f"{path}?status=STALE"))

    CircuitBreaker.objects.create(
        region_id=standing.region_id, opened_at=Now(), retry_at=Now() + timedelta(minutes=1)
    )

    for shown in (table(page(viewer, path)), table(page(viewer, f"{path}?status=STALE"))):
        assert QUEUED not in shown
        assert "status-CERTIFIED" in shown
        assert 'status-STALE" title="Circuit open"' in shown
    (summary,) = queries.summaries.by_axis("models" if kind == "models" else "regions").values()
    assert summary.stale == 1
