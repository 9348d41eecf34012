"""Every endpoint by who asks: without a token, without a role, viewer, operator, administrator."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.urls import get_resolver
from rest_framework.test import APIClient

from certification.api import urls
from certification.jobs import opening
from tests.factories.certification import offered
from tests.factories.registry import AIModelFactory

# Who may what is decided before any database has a part in it.
pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_only]

Q = "/api/certification-queue"
READ, CERTIFY, ADMINISTER = "read", "certify", "administer"
ANYONE, SIGNED_IN = "anyone", "signed in"
ENDPOINTS: list[tuple[str, str, str]] = [
    ("POST", "/api/auth/login", ANYONE),
    ("POST", "/api/auth/logout", SIGNED_IN),
    ("GET", "/api/auth/tokens", ADMINISTER),
    ("POST", "/api/auth/tokens", ADMINISTER),
    ("DELETE", "/api/auth/tokens/abc", ADMINISTER),
    ("POST", f"{Q}/certify-model", CERTIFY),
    ("POST", f"{Q}/certify-multiple", CERTIFY),
    ("POST", f"{Q}/certify-all", CERTIFY),
    ("POST", f"{Q}/recertify", CERTIFY),
    ("GET", f"{Q}/history", READ),
    ("GET", f"{Q}/jobs/JOB", READ),
    ("DELETE", f"{Q}/jobs/JOB", CERTIFY),
    ("POST", f"{Q}/jobs/JOB/retry-failed", CERTIFY),
    ("POST", f"{Q}/jobs/JOB/pause", CERTIFY),
    ("POST", f"{Q}/jobs/JOB/resume", CERTIFY),
    ("GET", f"{Q}/jobs/JOB/certifications", READ),
    ("GET", f"{Q}/jobs/JOB/certifications/PAIR", READ),
    ("GET", f"{Q}/certifications", READ),
    ("GET", f"{Q}/stats", READ),
    ("GET", f"{Q}/matrix", READ),
    ("GET", f"{Q}/compare", READ),
    ("GET", f"{Q}/regions", READ),
    ("GET", f"{Q}/providers", READ),
    ("GET", f"{Q}/certifiable-models", READ),
    ("GET", f"{Q}/models", READ),
    ("GET", f"{Q}/models/MODEL", READ),
    ("GET", f"{Q}/models/MODEL/certifications", READ),
    ("GET", f"{Q}/models/MODEL/history", READ),
    ("GET", f"{Q}/jobs/JOB/export.csv", READ),
    ("GET", f"{Q}/jobs/JOB/events", READ),
    ("GET", f"{Q}/certifications/export.json", READ),
    ("GET", f"{Q}/badge/MODEL/us-east-1.svg", ANYONE),
    ("PUT", f"{Q}/badge/MODEL/us-east-1", CERTIFY),
    ("GET", f"{Q}/dead-letters", READ),
    ("GET", f"{Q}/dead-letters/UNKNOWN", READ),
    ("POST", f"{Q}/dead-letters/requeue", CERTIFY),
    ("POST", f"{Q}/dead-letters/dismiss", CERTIFY),
    ("GET", f"{Q}/breakers", READ),
    ("POST", f"{Q}/breakers/us-east-1/reset", CERTIFY),
    ("PUT", f"{Q}/breakers/us-east-1/limit", ADMINISTER),
    ("GET", "/api/schema", ANYONE),
    ("GET", "/api/docs", ANYONE),
    ("GET", f"{Q}/no-such-path", SIGNED_IN),
]
WHO_MAY = {
    READ: {"bruno", "ana", "carla"},
    CERTIFY: {"ana", "carla"},
    ADMINISTER: {"carla"},
    ANYONE: {"stranger", "nobody", "bruno", "ana", "carla"},
    SIGNED_IN: {"nobody", "bruno", "ana", "carla"},
}


@pytest.mark.parametrize("who", ["stranger", "nobody", "bruno", "ana", "carla"])
@pytest.mark.parametrize(("method", "path", "right"), ENDPOINTS)
def test_each_endpoint_answers_those_who_may(
    method: str, path: str, right: str, who: str, request: pytest.FixtureRequest
) -> None:
    client: APIClient = request.getfixturevalue(who)
    job = opening.open_for_models(*offered()).job
    places: dict[str, UUID | str] = {
        "JOB": job.pk,
        "PAIR": job.certifications.get().pk,
        "MODEL": AIModelFactory.create().api_model_id,
        "UNKNOWN": UUID(int=3),
    }
    for name, value in places.items():
        path = path.replace(name, str(value))

    response = client.generic(method, path, "{}", content_type="application/json")

    if who in WHO_MAY[right]:
        refused_anyway = right == ANYONE and response.status_code == 400
        assert response.status_code not in (401, 403) or refused_anyway
    else:
        expected = (401, "not_authenticated") if who == "stranger" else (403, "permission_denied")
        assert (response.status_code, response.json()["error"]["code"]) == expected


def test_the_table_above_knows_every_endpoint() -> None:
    known = {path for _method, path, _right in ENDPOINTS}
    examples = {"JOB": str(UUID(int=1)), "PAIR": str(UUID(int=2)), "MODEL": "m.x"}
    examples["UNKNOWN"] = str(UUID(int=3))
    matched: set[str] = set()
    resolver: Any = get_resolver()
    for path in known:
        for name, value in examples.items():
            path = path.replace(name, value)
        matched.add(resolver.resolve(path).route)
    assert len(matched) >= len(urls.urlpatterns) - len(OUTSIDE)


# Endpoints that answer in their own way, and have tests of their own.
OUTSIDE: tuple[str, ...] = ()
