"""The rows of a report, from the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override

from certification.api.serializers.certifications import (
    JobCertificationItemSerializer,
    StandingSerializer,
)
from certification.engine import POLICIES, Category
from certification.exports import Report, of_job, of_standings, stream
from certification.models import CertificationJob, JobCertification, ModelCertification
from tests.factories.certification import JobFactory, PairFactory, StandingFactory
from tests.factories.registry import AIModelFactory, RegionFactory

pytestmark = pytest.mark.django_db


def ended(job: CertificationJob, status: str, **more: Any) -> JobCertification:
    return PairFactory.create(job=job, status=status, completed_at=timezone.now(), **more)


def rows(report: Report) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(b"".join(stream("json", report)))["rows"]
    return told


def test_a_pair_of_a_job_is_reported_with_its_model_and_result() -> None:
    job = JobFactory.create()
    model = AIModelFactory.create(name="Agile", api_model_id="v.agile", vendor="V")
    ended(
        job,
        "PASSED",
        model=model,
        region=RegionFactory.create(id="sa-east-1"),
        passed=True,
        score=91.5,
        grade="A",
        cost=Decimal("0.00000001"),
        simulated=True,
        attempt=2,
    )

    report = of_job(job)
    (row,) = report.rows

    assert report.title == f"Certification job {job.pk}"
    assert report.simulated
    assert (row.model_name, row.api_model_id, row.vendor) == ("Agile", "v.agile", "V")
    assert (row.region, row.status, row.status_label) == ("sa-east-1", "PASSED", "passed")
    assert (row.verdict, row.score, row.grade) == ("CERTIFIED", 91.5, "A")
    assert row.cost == Decimal("0.00000001")
    assert (row.attempts, row.advice, row.stale_reason) == (2, "", "")


def test_missing_values_of_a_pair_are_as_in_the_api() -> None:
    pair = PairFactory.create()

    (told,) = rows(of_job(pair.job))

    assert told == _as_answered(told, JobCertificationItemSerializer(pair).data)


def test_missing_values_of_a_standing_are_as_in_the_api() -> None:
    standing = StandingFactory.create()

    (told,) = rows(of_standings(ModelCertification.objects.all()))

    assert told == _as_answered(told, StandingSerializer(standing).data)


def _as_answered(told: dict[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the row with the API's values for all fields that the API has."""
    answered = {key: answer[key] for key in told.keys() & answer.keys()}
    # Reports of jobs also contain the vendor, and standings in the API the provider.
    of_both = told["model"].keys() & answer["model"].keys()
    model = {**told["model"], **{key: answer["model"][key] for key in of_both}}
    return {**told, **answered, "model": model}


@pytest.mark.parametrize(
    ("status", "score", "verdict"),
    [
        ("PASSED", 95.0, "CERTIFIED"),
        ("PASSED", 50.0, "QUALITY_WARNING"),
        ("FAILED", 10.0, "FAILED"),
        ("INCONCLUSIVE", None, "INCONCLUSIVE"),
        ("UNSUPPORTED", None, "UNSUPPORTED"),
        ("CANCELLED", None, None),
    ],
)
def test_an_ended_pair_has_the_verdict_that_its_standing_would_take(
    status: str, score: float | None, verdict: str | None
) -> None:
    job = JobFactory.create()
    ended(job, status, score=score)

    (row,) = rows(of_job(job))

    assert (row["status"], row["verdict"]) == (status, verdict)


def test_an_open_pair_has_no_verdict_yet() -> None:
    pair = PairFactory.create()

    (row,) = rows(of_job(pair.job))

    assert (row["status"], row["verdict"], row["completedAt"]) == ("PENDING", None, None)


def test_the_counts_are_those_of_the_rows_in_the_order_of_the_states() -> None:
    job = JobFactory.create()
    for status in ("FAILED", "PASSED", "UNSUPPORTED", "PASSED"):
        ended(job, status)
    PairFactory.create(job=job)
    ended(JobFactory.create(), "FAILED")

    report = of_job(job)

    assert dict(report.counts) == {"PENDING": 1, "PASSED": 2, "FAILED": 1, "UNSUPPORTED": 1}
    assert report.total == len(list(report.rows)) == 5
    assert not report.simulated


def test_pairs_come_by_vendor_model_and_region() -> None:
    job = JobFactory.create()
    for vendor, name in (("B", "x"), ("A", "z"), ("A", "y")):
        model = AIModelFactory.create(vendor=vendor, name=name)
        for region in ("us-2", "us-1"):
            PairFactory.create(job=job, model=model, region=RegionFactory.create(id=region))

    told = [(row.vendor, row.model_name, row.region) for row in of_job(job).rows]

    assert told == [
        *[("A", "y", "us-1"), ("A", "y", "us-2"), ("A", "z", "us-1"), ("A", "z", "us-2")],
        *[("B", "x", "us-1"), ("B", "x", "us-2")],
    ]


def test_an_error_comes_with_advice_and_one_of_a_later_version_without() -> None:
    job = JobFactory.create()
    ended(job, "FAILED", error_category="ACCESS", model=AIModelFactory.create(name="1"))
    ended(job, "FAILED", error_category="OF_THE_FUTURE", model=AIModelFactory.create(name="2"))

    known, unknown = rows(of_job(job))

    assert known["advice"] == POLICIES[Category.ACCESS].advice
    assert (unknown["errorCategory"], unknown["advice"]) == ("OF_THE_FUTURE", None)


def test_a_running_standing_is_reported_and_counted_with_its_last_verdict() -> None:
    StandingFactory.create(status="PROCESSING", verdict="CERTIFIED", simulated=True)
    StandingFactory.create(status="QUEUED")
    StandingFactory.create(status="FAILED", verdict="FAILED", stale_reason="THROTTLED")

    report = of_standings(ModelCertification.objects.all())

    assert dict(report.counts) == {"QUEUED": 1, "CERTIFIED": 1, "FAILED": 1}
    assert report.simulated
    told = [(row["status"], row["verdict"], row["staleReason"]) for row in rows(report)]
    assert told == [
        ("PROCESSING", "CERTIFIED", None),
        ("QUEUED", None, None),
        ("FAILED", "FAILED", "THROTTLED"),
    ]


def test_only_the_chosen_standings_are_reported() -> None:
    wanted = StandingFactory.create()
    StandingFactory.create()

    report = of_standings(ModelCertification.objects.filter(pk=wanted.pk))

    assert report.total == 1
    assert [row.model_id for row in report.rows] == [wanted.model_id]


def test_a_report_is_in_the_language_of_its_request() -> None:
    pair = PairFactory.create()
    with override("pt-br"):
        report = of_job(pair.job)

    with override("en"):
        pdf = b"".join(stream("pdf", report))

    assert report.language == "pt-br"
    assert b"/Lang (pt-br)" in pdf
