"""Every endpoint by who asks: without a token, without a role, viewer, operator, administrator.

The endpoints are found by their registration. One that WHO_MAY does not name fails the tests.
"""

from __future__ import annotations

from uuid import UUID

import pytest
from rest_framework.test import APIClient

from certification.jobs import opening
from tests.factories.certification import offered
from tests.factories.registry import AIModelFactory

from .endpoints import EXAMPLES, endpoints, path_of

# Who may what is decided before any database has a part in it.
pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_only]

READ = {"bruno", "ana", "carla"}
CERTIFY = {"ana", "carla"}
ADMINISTER = {"carla"}
ANYONE = {"stranger", "nobody", "bruno", "ana", "carla"}
SIGNED_IN = {"nobody", "bruno", "ana", "carla"}
# By route and method.
WHO_MAY = {
    "auth-login": {"POST": ANYONE},
    "auth-logout": {"POST": SIGNED_IN},
    "token-list": {"GET": ADMINISTER, "POST": ADMINISTER},
    "token-detail": {"DELETE": ADMINISTER},
    "index-list": {"GET": ANYONE},
    "first-certify": {"POST": CERTIFY},
    "open-certify-model": {"POST": CERTIFY},
    "open-certify-multiple": {"POST": CERTIFY},
    "open-certify-all": {"POST": CERTIFY},
    "open-recertify": {"POST": CERTIFY},
    "job-list": {"GET": READ},
    "job-detail": {"GET": READ, "DELETE": CERTIFY},
    "job-retry-failed": {"POST": CERTIFY},
    "job-pause": {"POST": CERTIFY},
    "job-resume": {"POST": CERTIFY},
    "job-certifications": {"GET": READ},
    "job-record": {"GET": READ},
    "job-export": {"GET": READ},
    "job-events": {"GET": READ},
    "certification-list": {"GET": READ},
    "certification-export": {"GET": READ},
    "overview-stats": {"GET": READ},
    "overview-matrix": {"GET": READ},
    "overview-compare": {"GET": READ},
    "region-list": {"GET": READ},
    "provider-list": {"GET": READ},
    "certifiable-model-list": {"GET": READ},
    "model-list": {"GET": READ},
    "model-detail": {"GET": READ},
    "model-certifications": {"GET": READ},
    "model-history": {"GET": READ},
    "badge-picture": {"GET": ANYONE},
    "badge-visibility": {"PUT": CERTIFY},
    "dead-letter-list": {"GET": READ},
    "dead-letter-detail": {"GET": READ},
    "dead-letter-requeue": {"POST": CERTIFY},
    "dead-letter-dismiss": {"POST": CERTIFY},
    "breaker-list": {"GET": READ},
    "breaker-reset": {"POST": CERTIFY},
    "breaker-limit": {"PUT": ADMINISTER},
    "api-schema": {"GET": ANYONE},
    "api-docs": {"GET": ANYONE},
    "api-unknown": {"GET": SIGNED_IN},
}


def test_who_may_what_is_said_of_every_endpoint() -> None:
    said = {(route, method) for route, methods in WHO_MAY.items() for method in methods}

    assert said == set(endpoints())


@pytest.mark.parametrize("who", ["stranger", "nobody", "bruno", "ana", "carla"])
@pytest.mark.parametrize(("route", "method"), list(endpoints()))
def test_each_endpoint_answers_those_who_may(
    route: str, method: str, who: str, request: pytest.FixtureRequest
) -> None:
    client: APIClient = request.getfixturevalue(who)
    allowed = WHO_MAY[route][method]
    job = opening.open_for_models(*offered()).job
    values = EXAMPLES | {
        "job_id": job.pk,
        "certification_id": job.certifications.get().pk,
        "model_id": AIModelFactory.create().api_model_id,
        "dead_letter_id": UUID(int=3),
    }

    path = path_of(route, values)
    response = client.generic(method, path, "{}", content_type="application/json")

    if who in allowed:
        refused_anyway = allowed == ANYONE and response.status_code == 400
        assert response.status_code not in (401, 403) or refused_anyway
    else:
        expected = (401, "not_authenticated") if who == "stranger" else (403, "permission_denied")
        assert (response.status_code, response.json()["error"]["code"]) == expected
