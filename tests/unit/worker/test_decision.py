"""What becomes of a pair after a run: recorded, retried, or left waiting for its region."""

from __future__ import annotations

import random

import pytest

from certification.engine import Certification, Verdict
from certification.worker.decision import BACKOFF, Record, Retry, WaitForRegion, decide


def certification(retries: int = 0, retry_after: float | None = None) -> Certification:
    return Certification(
        api_model_id="vendor.model",
        region="us-east-1",
        verdict=Verdict.INCONCLUSIVE,
        results=(),
        suite_version="",
        duration_ms=1,
        retries=retries,
        retry_after=retry_after,
    )


def decided(
    done: Certification, *, tries: int = 1, max_retries: int = 3, circuit_open: bool = False
) -> Record | Retry | WaitForRegion:
    return decide(
        done,
        tries=tries,
        max_retries=max_retries,
        circuit_open=circuit_open,
        chance=random.Random(1),
    )


def test_a_result_that_no_retry_can_change_is_recorded() -> None:
    assert decided(certification(retries=0)) == Record()


@pytest.mark.parametrize(("tries", "again"), [(1, True), (2, True), (3, False)])
def test_it_is_retried_as_often_as_its_error_allows(tries: int, again: bool) -> None:
    assert isinstance(decided(certification(retries=2), tries=tries), Retry) is again


@pytest.mark.parametrize(("tries", "again"), [(1, True), (2, False)])
def test_it_is_retried_no_more_often_than_the_deployment_allows(tries: int, again: bool) -> None:
    found = decided(certification(retries=5), tries=tries, max_retries=1)
    assert isinstance(found, Retry) is again


def test_each_wait_is_longer_than_the_one_before() -> None:
    waits = [decided(certification(retries=9), tries=tries, max_retries=9) for tries in (1, 3, 5)]
    seconds = [wait.seconds for wait in waits if isinstance(wait, Retry)]
    assert len(seconds) == 3
    assert seconds == sorted(seconds)


def test_a_wait_is_no_shorter_than_the_service_asks_for() -> None:
    found = decided(certification(retries=1, retry_after=900))
    assert found == Retry(900)


def test_an_open_circuit_is_waited_for_even_after_the_last_try() -> None:
    found = decided(certification(retries=0), tries=9, circuit_open=True)
    assert isinstance(found, WaitForRegion)
    assert BACKOFF.first / 2 <= found.seconds <= BACKOFF.first
