"""Processes that watch the same job look in turns; each of these calls stands for a process."""

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
    """However busy the machine is, two calls fall into it."""
    monkeypatch.setattr(snapshots, "POLL_SECONDS", 60)


@pytest.mark.usefixtures("a_long_second")
def test_a_look_within_the_second_is_shared(
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
def test_a_look_that_does_not_reach_back_far_enough_is_not(
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


def test_what_is_shared_has_nothing_of_the_opener_but_the_name() -> None:
    opener = UserFactory.create(password="a hash that is nobody's business")
    job = opening.open_for_models(*offered(), OpenRequest(Actor(opener))).job

    seen = live.take_snapshot(job.pk).job.created_by

    assert seen is not None
    assert seen.get_username() == opener.username
    assert seen.get_deferred_fields() >= {"password", "email"}


def test_a_job_that_is_not_there_is_told() -> None:
    with pytest.raises(JobNotFound):
        live.take_snapshot(UUID(int=1))
