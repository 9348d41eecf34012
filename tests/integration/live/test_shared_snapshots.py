"""Processes that poll the same job share snapshots; each call here stands for a process."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

import pytest
from pytest_django import DjangoAssertNumQueries

from certification import live
from certification.accounts.audit import Actor
from certification.errors import JobNotFound
from certification.jobs import opening
from certification.jobs.requests import OpenRequest
from certification.live import snapshots
from certification.live.snapshots import POLL_SECONDS
from certification.worker import recording
from tests.factories.certification import UserFactory, offered, result

from .test_changes import claimed, opened

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def a_long_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lengthens the interval, so that two calls fall into it even on a slow machine."""
    monkeypatch.setattr(snapshots, "POLL_SECONDS", 60)


@pytest.mark.usefixtures("a_long_second")
def test_a_snapshot_within_the_second_is_shared(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    job = opened()
    with django_assert_num_queries(3):  # the job, what changed, the counts
        first = live.take_snapshot(job.pk)

    with django_assert_num_queries(0):
        second = live.take_snapshot(job.pk, first.at)

    assert (second.at, second.progress, second.pairs) == (first.at, first.progress, first.pairs)
    assert second.job == job


@pytest.mark.usefixtures("a_long_second")
def test_a_snapshot_that_does_not_reach_back_far_enough_is_not_shared(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    job = opened()
    first = live.take_snapshot(job.pk)

    with django_assert_num_queries(3):
        second = live.take_snapshot(job.pk, first.at - timedelta(minutes=1))

    assert second.reaches_back_to < first.reaches_back_to


def test_after_a_second_it_is_seen_anew() -> None:
    job = opened()
    live.take_snapshot(job.pk)
    recording.record(claimed(job.certifications.get()), result())
    time.sleep(POLL_SECONDS + 0.1)

    assert [pair.status for pair in live.take_snapshot(job.pk).pairs] == ["PASSED"]


def test_a_shared_snapshot_contains_only_the_name_of_the_opener() -> None:
    opener = UserFactory.create(password="a hash that is nobody's business")
    job = opening.open_for_models(*offered(), OpenRequest(Actor(opener))).job

    seen = live.take_snapshot(job.pk).job.created_by

    assert seen is not None
    assert seen.get_username() == opener.username
    assert seen.get_deferred_fields() >= {"password", "email"}


def test_an_unknown_job_raises() -> None:
    with pytest.raises(JobNotFound):
        live.take_snapshot(UUID(int=1))
