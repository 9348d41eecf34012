"""The dead letters' screen: what was given up, to be requeued or dismissed."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from certification.engine import Category, Verdict
from certification.engine.errors import UNLIMITED
from certification.jobs import opening
from certification.models import CertificationJob, DeadLetter
from certification.states import DeadLetterStatus, JobType
from certification.worker import recording
from tests.factories.certification import offered, result, take

pytestmark = pytest.mark.django_db
DEAD_LETTERS = "/admin/dead-letters/"


@pytest.fixture
def dead_letter() -> DeadLetter:
    return dead_letters(1)[0]


def dead_letters(number: int) -> list[DeadLetter]:
    job = opening.open_for_models(*offered(number)).job
    for pair in job.certifications.all():
        claim = take(pair.pk)
        assert claim is not None
        recording.record(
            claim, result(Verdict.INCONCLUSIVE, None, Category.THROTTLED, retries=UNLIMITED)
        )
    return list(DeadLetter.objects.all())


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content, "utf-8")


def test_it_shows_those_that_wait_with_the_reason_and_what_to_do(
    viewer: Client, dead_letter: DeadLetter
) -> None:
    shown = text(viewer, DEAD_LETTERS)

    assert dead_letter.certification.model.name in shown
    assert "Throttled" in shown
    assert "Ask for a higher quota" in shown
    assert "Requeue" not in shown, "a viewer may only look"


def test_one_dead_letter_is_shown_whole(operator: Client, dead_letter: DeadLetter) -> None:
    shown = text(operator, reverse("admin:dead_letter", args=[dead_letter.pk]))

    assert "what went wrong" in shown
    assert dead_letter.payload["apiModelId"] in shown
    assert reverse("admin:certification", args=[dead_letter.certification_id]) in shown


def test_an_empty_list_says_what_would_be_there(viewer: Client) -> None:
    assert "No dead letter waits" in text(viewer, DEAD_LETTERS)


def test_filters_are_in_the_address(viewer: Client, dead_letter: DeadLetter) -> None:
    name = dead_letter.certification.model.name

    assert name in text(viewer, f"{DEAD_LETTERS}?search={name}&status=OPEN")
    assert name not in text(viewer, f"{DEAD_LETTERS}?status=DISMISSED")
    assert name in text(viewer, f"{DEAD_LETTERS}?status=")
    assert "No dead letter matches" in text(viewer, f"{DEAD_LETTERS}?region=xx-other-1")


@pytest.mark.parametrize(
    ("since", "is_there"),
    [("2020-01-31", True), ("9000-01-31", False), ("0001-01-01", True), ("x", True)],
)
def test_a_day_asks_for_what_failed_since_and_one_that_is_none_for_nothing(
    viewer: Client, dead_letter: DeadLetter, since: str, is_there: bool
) -> None:
    shown = text(viewer, f"{DEAD_LETTERS}?since={since}")

    assert (dead_letter.certification.model.name in shown) is is_there


def test_chosen_ones_are_requeued_in_one_job(operator: Client) -> None:
    chosen = dead_letters(3)[:2]

    answer = operator.post(
        f"{DEAD_LETTERS}requeue/", {"dead_letter": [dead_letter.pk for dead_letter in chosen]}
    )

    job = CertificationJob.objects.get(type=JobType.RECERTIFY)
    assert answer.headers["location"] == reverse("admin:job", args=[job.pk])
    assert job.total_models == 2
    assert DeadLetter.objects.filter(status=DeadLetterStatus.REQUEUED).count() == 2


def test_dismissing_asks_once(operator: Client, dead_letter: DeadLetter) -> None:
    asked = operator.post(f"{DEAD_LETTERS}dismiss/", {"dead_letter": dead_letter.pk})
    assert b"waits for nobody any more" in asked.content
    dead_letter.refresh_from_db()
    assert dead_letter.status == DeadLetterStatus.OPEN

    operator.post(f"{DEAD_LETTERS}dismiss/", {"dead_letter": dead_letter.pk, "sure": "1"})

    dead_letter.refresh_from_db()
    assert dead_letter.status == DeadLetterStatus.DISMISSED
    assert dead_letter.closed_by is not None


@pytest.mark.parametrize("action", ["requeue", "dismiss"])
def test_nothing_chosen_is_said_and_nothing_is_done(operator: Client, action: str) -> None:
    answer = operator.post(f"{DEAD_LETTERS}{action}/", follow=True)

    assert answer.status_code == 200
    assert CertificationJob.objects.count() == 0


@pytest.mark.parametrize("action", ["requeue", "dismiss"])
def test_a_viewer_may_do_neither(viewer: Client, dead_letter: DeadLetter, action: str) -> None:
    answer = viewer.post(f"{DEAD_LETTERS}{action}/", {"dead_letter": dead_letter.pk, "sure": "1"})

    assert answer.status_code == 403
    dead_letter.refresh_from_db()
    assert dead_letter.status == DeadLetterStatus.OPEN


def test_what_is_no_dead_letter_is_not_found(operator: Client) -> None:
    assert operator.post(f"{DEAD_LETTERS}requeue/", {"dead_letter": "x"}).status_code == 404
    unknown = "00000000-0000-0000-0000-000000000000"
    assert operator.get(f"{DEAD_LETTERS}{unknown}/").status_code == 404


def test_fifty_dead_letters_cost_as_many_queries_as_one(
    viewer: Client, django_assert_num_queries: object
) -> None:
    """Session, user, two for its rights, dead letters, their number, counts by status, regions."""
    dead_letters(10)

    with django_assert_num_queries(8):  # type: ignore[operator]
        viewer.get(DEAD_LETTERS)
