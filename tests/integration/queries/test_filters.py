from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from certification import queries
from certification.models import CertificationJob, ModelCertification
from certification.queries.filters.jobs import JobFilter, StaffJobFilter
from certification.queries.filters.models import MatrixFilter, ModelFilter
from certification.queries.filters.standings import StandingFilter
from models_registry import queries as registry
from tests.factories.certification import JobFactory, StandingFactory
from tests.factories.registry import AIModelFactory

pytestmark = pytest.mark.django_db


def jobs(**wanted: object) -> list[CertificationJob]:
    return list(StaffJobFilter.narrow(queries.jobs.all_jobs(), wanted))


def scores(ordering: str) -> list[float | None]:
    rows = StandingFilter.narrow(queries.standings.with_models(), {"ordering": ordering})
    return [row.score for row in rows]


def test_what_is_empty_matches_every_row() -> None:
    JobFactory.create()

    assert len(jobs()) == len(jobs(status="", who="", since=None)) == 1


def test_a_value_that_does_not_exist_matches_no_row() -> None:
    JobFactory.create()

    assert jobs(status="NO_SUCH_STATUS") == jobs(type="NO_SUCH_TYPE") == []


def test_a_name_that_is_no_parameter_is_a_mistake_of_the_code() -> None:
    with pytest.raises(TypeError, match="JobFilter has no staus"):
        JobFilter.narrow(queries.jobs.all_jobs(), {"staus": "QUEUED"})


def test_since_is_included_and_until_is_not() -> None:
    at = timezone.now()
    job = JobFactory.create(created_at=at)
    later = at + timedelta(microseconds=1)

    assert jobs(since=at, until=later) == [job]
    assert jobs(until=at) == jobs(since=later) == []


def test_rows_without_a_value_come_last_whatever_the_direction() -> None:
    for score in (50.0, None, 90.0):
        StandingFactory.create(score=score)

    assert scores("score") == [50.0, 90.0, None]
    assert scores("-score") == [90.0, 50.0, None]


def test_equal_rows_are_in_one_order() -> None:
    now = timezone.now()
    for _ in range(20):
        StandingFactory.create(score=70.0, completed_at=now)

    rows = StandingFilter.narrow(ModelCertification.objects.all(), {"ordering": "-score"})

    assert [row.pk for row in rows] == sorted(row.pk for row in rows)


@pytest.mark.parametrize("name", ["tools__isnull", "a'b", "a.b", "$"])
def test_a_capability_is_a_name_and_no_lookup(name: str) -> None:
    AIModelFactory.create(capabilities={name: True})
    AIModelFactory.create(capabilities={name: False})
    AIModelFactory.create(capabilities={})

    found = MatrixFilter.narrow(registry.certifiable_models(), {"capability": name})

    assert found.count() == 1


def test_models_are_found_by_provider_vendor_and_part_of_a_name() -> None:
    model = AIModelFactory.create(vendor="Amazon", name="Nova Lite")
    AIModelFactory.create(vendor="Other")

    def found(**wanted: str) -> int:
        return ModelFilter.narrow(registry.all_models(), wanted).count()

    assert found(vendor="Amazon") == found(search="nova") == found(search=model.api_model_id) == 1
    assert found(provider="bedrock") == 2
    assert found(provider="groq") == 0
