from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from certification.jobs import opening
from certification.models import Attempt, CertificationJob, Evidence, JobCertification
from tests.factories.certification import PairFactory, offered
from tests.integration.admin.html import without_layout

pytestmark = pytest.mark.django_db


def check(id: str = "answers", points: float = 1.0, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "title": f"Title of {id}",
        "status": "PASSED" if points == 1 else "FAILED",
        "points": points,
        "weight": 2.0,
        "latencyMs": 120,
        "ttftMs": 45,
        "note": None,
        "required": True,
        "counts": True,
        "tokensPerSecond": None,
        "inputTokens": 11,
        "outputTokens": 7,
        "cost": "0.00001250",
        "error": None,
        "calls": [],
        **more,
    }


def call(**more: Any) -> dict[str, Any]:
    return {
        "operation": "Converse",
        "latencyMs": 120,
        "ttftMs": None,
        "inputTokens": 11,
        "outputTokens": 7,
        "cost": None,
        "request": {"messages": ["how much is 2 + 3?"]},
        "response": {"text": "five"},
        "error": None,
        **more,
    }


def certified(*checks: dict[str, Any], days_ago: float = 0, **more: Any) -> JobCertification:
    pair: JobCertification = PairFactory.create(
        **{
            "status": "PASSED",
            "score": 95.0,
            "grade": "A",
            "badge": "GOLD",
            "completed_at": timezone.now() - timedelta(days=days_ago),
            **more,
        }
    )
    Evidence.objects.create(certification=pair, results=list(checks))
    return pair


def page_of(client: Client, pair: JobCertification) -> str:
    answer = client.get(f"/admin/certifications/{pair.pk}/")
    assert answer.status_code == 200
    return without_layout(answer.content)


def test_a_record_shows_its_checks_with_what_was_asked_and_answered(viewer: Client) -> None:
    pair = certified(check(calls=[call()]), simulated=True)

    page = page_of(viewer, pair)

    for shown in ("Title of answers", "GOLD", "120 ms", "45 ms", "11 / 7", "how much is 2 + 3?"):
        assert shown in page
    assert '<span class="simulated">' in page


def test_an_error_comes_with_category_code_message_and_advice(viewer: Client) -> None:
    pair = certified(
        status="FAILED",
        error_category="ACCESS",
        error_code="AccessDeniedException",
        error_message="You shall not pass.",
    )

    page = page_of(viewer, pair)

    for shown in (
        "ACCESS",
        "AccessDeniedException",
        "You shall not pass.",
        "The account has no access",
    ):
        assert shown in page


def test_a_note_is_told_with_its_places_filled(viewer: Client) -> None:
    note = {"text": "Expected %(expected)s.", "params": {"expected": "five"}}

    page = page_of(viewer, certified(check(points=0.0, note=note)))

    assert "Expected five." in page


def test_a_skipped_check_names_the_one_that_it_rests_on_by_its_title(viewer: Client) -> None:
    note = {"text": "%(check)s did not pass", "params": {"check": "tool_call"}}
    page = page_of(viewer, certified(check("tool_stream", status="SKIPPED", note=note)))

    assert "“Calls a tool” did not pass" in page


def test_a_proved_capability_that_was_declared_missing_is_marked(viewer: Client) -> None:
    pair = certified(model__capabilities={"tools": False}, proved={"tools": True})

    assert "differs" in page_of(viewer, pair)


def test_what_changed_since_the_last_time_is_told(viewer: Client) -> None:
    before = certified(check("streams", 1.0), check("answers", 1.0), days_ago=3)
    now = certified(
        check("streams", 0.5), check("answers", 1.0), model=before.model, region=before.region
    )

    page = page_of(viewer, now)

    assert "Title of streams: 1 → 0.5" in page
    assert "Title of answers: " not in page
    assert "worse" in page
    assert page.count("<circle") == 2
    assert f"/admin/certifications/{before.pk}/" in page


def test_the_first_record_of_a_pair_has_nothing_to_be_compared_with(viewer: Client) -> None:
    assert "for the first time" in page_of(viewer, certified(check()))


def test_scores_are_not_compared_over_a_change_of_the_checks(viewer: Client) -> None:
    before = certified(check(), suite_version="old", days_ago=3)
    now = certified(check(), suite_version="new", model=before.model, region=before.region)

    assert "are not to be compared" in page_of(viewer, now)


def test_a_pair_that_waits_has_a_page_too(viewer: Client) -> None:
    pair = opening.open_for_models(*offered()).job.certifications.get()

    assert "Not certified yet" in page_of(viewer, pair)


def test_a_record_asks_as_many_queries_after_a_long_history(
    viewer: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    now = certified(check())
    for days in range(1, 12):
        certified(check(), days_ago=days, model=now.model, region=now.region)

    with django_assert_max_num_queries(9):
        page_of(viewer, now)


def test_an_operator_certifies_the_pair_again(operator: Client) -> None:
    pair = opening.open_for_models(*offered()).job.certifications.get()

    page = operator.post(f"/admin/certifications/{pair.pk}/again/", follow=True).content.decode()

    assert "A new job certifies 1 pair again." in page
    assert JobCertification.objects.filter(model=pair.model, region=pair.region).count() == 2


def test_a_model_that_is_switched_off_is_not_certified_again(operator: Client) -> None:
    pair = certified(model__is_active=False)

    page = operator.post(f"/admin/certifications/{pair.pk}/again/", follow=True).content.decode()

    assert "Not certifiable" in page
    assert CertificationJob.objects.count() == 1


def test_a_viewer_reads_and_certifies_nothing(viewer: Client) -> None:
    pair = certified()

    assert viewer.post(f"/admin/certifications/{pair.pk}/again/").status_code == 403
    assert "Certify again</button>" not in page_of(viewer, pair)


def test_without_a_role_no_record_is_shown(without_a_role: Client) -> None:
    assert without_a_role.get(f"/admin/certifications/{certified().pk}/").status_code == 403


def test_a_record_that_is_not_there_is_not_found(viewer: Client) -> None:
    nowhere = "/admin/certifications/00000000-0000-0000-0000-000000000000/"

    assert viewer.get(nowhere).status_code == 404


def test_the_record_keeps_the_errors_of_earlier_attempts_as_a_log(viewer: Client) -> None:
    pair = certified(check())
    Attempt.objects.create(
        certification=pair,
        number=1,
        outcome="RETRIED",
        worker="host:7",
        error_category="THROTTLED",
        error_code="ThrottlingException",
        error_message="Too many <requests>",
    )

    page = page_of(viewer, pair)

    assert "Log of the run" in page
    assert "THROTTLED (ThrottlingException): Too many &lt;requests&gt;" in page
    assert "host:7" in page
