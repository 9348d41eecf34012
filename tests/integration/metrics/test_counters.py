"""The counters of a process."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models.functions import Now
from django.test import Client

from certification.engine import Category, Certification, Stopped, Verdict
from certification.jobs import opening
from certification.models import JobCertification, Worker
from certification.queue import claims
from certification.worker import recording, run_pair
from tests.factories.certification import PairFactory, WorkerFactory, offered, result, take
from tests.factories.registry import AIModelFactory, RegionFactory

from .conftest import Read

pytestmark = pytest.mark.django_db


def carry_out(
    pair: JobCertification, found: Certification | Exception, patch: pytest.MonkeyPatch
) -> None:
    def certify(*_args: object, **_more: object) -> Certification:
        if isinstance(found, Exception):
            raise found
        return found

    JobCertification.objects.filter(pk=pair.pk).update(status="QUEUED", queued_at=Now())
    patch.setattr(run_pair, "certify", certify)
    run_pair.run(pair.pk, WorkerFactory.create())


def test_a_pair_that_ends_is_counted_with_what_it_took(
    grown: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = PairFactory.create()
    region = pair.region_id
    found = result(ttft_ms=300, input_tokens=70, output_tokens=30, cost=Decimal("0.5"))

    carry_out(pair, replace(found, region=region), monkeypatch)

    assert grown("homologa_pairs_total", region=region, verdict="PASSED") == 1
    assert grown("homologa_run_seconds_sum", region=region) == pytest.approx(1.2)
    assert grown("homologa_first_token_seconds_bucket", region=region, le="0.25") == 0
    assert grown("homologa_first_token_seconds_bucket", region=region, le="0.5") == 1
    assert grown("homologa_tokens_total", region=region, direction="input") == 70
    assert grown("homologa_tokens_total", region=region, direction="output") == 30
    assert grown("homologa_cost_usd_total", region=region) == 0.5


def test_an_attempt_that_ends_in_a_retry_counts_its_cost_but_no_verdict(
    grown: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = PairFactory.create()
    region = pair.region_id
    throttled = result(Verdict.INCONCLUSIVE, None, Category.THROTTLED, retries=9, input_tokens=5)

    carry_out(pair, replace(throttled, region=region), monkeypatch)

    assert grown("homologa_retries_total", region=region, category="THROTTLED") == 1
    assert grown("homologa_tokens_total", region=region) == 5
    assert grown("homologa_pairs_total", region=region) == 0


def test_a_stopped_attempt_is_not_counted(grown: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    carry_out(PairFactory.create(), Stopped(), monkeypatch)

    assert grown("homologa_pairs_total") == grown("homologa_run_seconds_count") == 0


def test_a_late_result_is_not_counted(grown: Read) -> None:
    claim = take(PairFactory.create().pk)
    assert claim is not None
    recording.record(claim, result())

    recording.record(claim, result())

    assert grown("homologa_pairs_total") == 1


def test_the_error_that_decided_is_counted(grown: Read) -> None:
    pair = PairFactory.create()
    claim = take(pair.pk)
    assert claim is not None

    recording.record(claim, result(Verdict.FAILED, 0.0, Category.ACCESS))

    assert grown("homologa_pairs_total", region=pair.region_id, verdict="FAILED") == 1
    assert grown("homologa_pair_errors_total", region=pair.region_id, category="ACCESS") == 1


def test_pairs_that_end_as_they_are_opened_are_counted_too(grown: Read) -> None:
    models, (region,) = offered()
    elsewhere = RegionFactory.create().pk

    opening.open_for_models(models, [region, elsewhere])

    assert grown("homologa_pairs_total", region=elsewhere, verdict="UNSUPPORTED") == 1
    assert grown("homologa_pairs_total", region=region) == 0


def test_pairs_reclaimed_from_a_lost_worker_are_counted(grown: Read) -> None:
    worker = WorkerFactory.create()
    for _ in range(2):
        take(PairFactory.create().pk, worker)
    Worker.objects.update(beat_at=Now() - timedelta(hours=1))

    claims.reclaim_lost()

    assert grown("homologa_reclaimed_pairs_total") == 2


def test_requests_are_counted_by_route_not_by_path(client: Client, grown: Read) -> None:
    model = AIModelFactory.create()

    client.get(f"/api/certification-queue/models/{model.pk}")
    client.get("/nowhere/at/all")
    client.generic("BREW", "/health/live")

    name = "homologa_http_requests_total"
    assert grown(name, view="model-detail", status="401") == 1
    assert grown(name, view="unmatched", status="404") == 1
    assert grown(name, view="health-live", method="other") == 1
    assert grown("homologa_http_request_seconds_count", view="health-live") == 1
    assert grown(name) == 3
